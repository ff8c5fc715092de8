"""The study.toml of a generated study, with comments that teach its form."""

from __future__ import annotations

SETTINGS = """\
# Settings of a study. Copy this file to start one of your own.
# This one belongs to a fictional electricity retailer, {months} months from {first_month}: all of it is generated,
# and truth.toml says from what.
#
# The tables lie beside this file as customers.csv, touchpoints.csv, events.csv, responses.csv, cases.csv and
# journey_steps.csv. Only events or responses is needed; data/README.md explains every column.

name = "{name}"

# Times in the tables without an offset are local times of this zone, summer time included.
timezone = "Europe/Stockholm"
# The currency of price_per_month and cost_per_contact.
currency = "SEK"
# The language of reports, unless a report asks for another: "en" or "sv".
language = "en"
# How the weight of purchase, consumption and payment is declared; see cx.ARCHETYPES for the others.
archetype = "infrastructure subscription"

# Scales: their ends, what customers expect, and which end is good.
# A score further than the neutral band from what was expected is a gain or a loss.
[scales.csat]
min = 1
max = 5
expected = 3
better = "higher"

# The relational survey asks about the whole, not about an occasion: it is reported, but it neither fills nor
# drains capital.
[scales.nps]
min = 0
max = 10
expected = 7.5
better = "higher"
counts_as_experience = false

# How names of touchpoints, segments and owners read in the other language; a name without a label stays as it is.
[labels.sv]
"Advertising" = "Reklam"
"Price quote" = "Prisförslag"
"Sign-up" = "Teckna avtal"
"Supplier switch" = "Leverantörsbyte"
"Contract change" = "Ändrat avtal"
"Contract renewal" = "Förnyat avtal"
"Usage report" = "Förbrukningsrapport"
"Customer service" = "Kundservice"
"Power outage" = "Elavbrott"
"Energy advice" = "Energirådgivning"
"Monthly invoice" = "Månadsfaktura"
"Invoice question" = "Fakturafråga"
"Corrected invoice" = "Rättad faktura"
"Payment reminder" = "Betalningspåminnelse"
"Price change notice" = "Besked om nytt pris"
"Apartment" = "Lägenhet"
"House" = "Villa"
"Farm" = "Lantbruk"
"Small business" = "Småföretag"
"Marketing" = "Marknad"
"Pricing" = "Prissättning"
"Sales" = "Försäljning"
"Operations" = "Drift"
"IT" = "IT"
"Digital" = "Digitalt"
"Billing" = "Fakturering"
# What customers need.
"know that the firm exists" = "veta att bolaget finns"
"compare prices" = "jämföra priser"
"understand the terms" = "förstå villkoren"
"get a contract" = "få ett avtal"
"a switch without gaps" = "ett byte utan avbrott"
"know what happens next" = "veta vad som händer härnäst"
"control the cost" = "ha koll på kostnaden"
"feel chosen again" = "känna sig vald igen"
"see the own consumption" = "se sin egen förbrukning"
"get help" = "få hjälp"
"electricity that works" = "el som fungerar"
"pay the right amount" = "betala rätt belopp"
"understand the cost" = "förstå kostnaden"
"be put right" = "få felet rättat"
"pay in time" = "betala i tid"
# What was done about a case.
"Called the customer and explained the terms" = "Ringde kunden och förklarade villkoren"
"Sent a new confirmation" = "Skickade en ny bekräftelse"
"Matched the price" = "Matchade priset"
"Called the customer and apologised" = "Ringde kunden och bad om ursäkt"
"Explained the cause by email" = "Förklarade orsaken i ett mejl"
"Passed on to IT" = "Lämnade över till IT"
"Corrected the invoice" = "Rättade fakturan"
"Explained the invoice by phone" = "Förklarade fakturan per telefon"
"Gave a credit of 200 SEK" = "Krediterade 200 kr"
# The steps of the canvas, and what stands in its cells.
"Hear of the firm" = "Höra talas om bolaget"
"Sees an advertisement" = "Ser en annons"
"hears from a neighbour" = "hör av en granne"
"Advertise" = "Annonsera"
"be listed in comparisons" = "synas i jämförelser"
"Who are they?" = "Vilka är de?"
"All electricity firms look alike" = "Alla elbolag ser likadana ut"
"Compare prices" = "Jämföra priser"
"Compares three or four contracts" = "Jämför tre eller fyra avtal"
"Show a price for this home" = "Visa priset för just den här bostaden"
"What will a month cost in winter?" = "Vad kostar en månad på vintern?"
"Fees in small print" = "Avgifter i det finstilta"
"Sign up" = "Bli kund"
"Signs with electronic identification" = "Skriver under med e-legitimation"
"Check the address" = "Kontrollera adressen"
"confirm by email" = "bekräfta med e-post"
"Am I bound, and for how long?" = "Binder jag mig, och hur länge?"
"Does not have the meter number at hand" = "Har inte mätarnumret till hands"
"Wait for the switch" = "Vänta på bytet"
"Waits" = "Väntar"
"reads the welcome letter" = "läser välkomstbrevet"
"Tell the grid owner" = "Meddela nätägaren"
"send a date" = "skicka ett datum"
"Will the power be cut?" = "Blir det strömavbrott?"
"Silence between contract and start" = "Tyst mellan avtal och start"
"Live with electricity" = "Leva med elen"
"Does not think about it" = "Tänker inte på den"
"Buy power" = "Köpa in el"
"report to the market" = "rapportera till marknaden"
"Follow the consumption" = "Följa förbrukningen"
"Opens the app" = "Öppnar appen"
"reads the monthly report" = "läser månadsrapporten"
"Collect meter values" = "Samla in mätvärden"
"show them by day" = "visa dem dag för dag"
"Why did I use more than last year?" = "Varför gjorde jag av med mer än i fjol?"
"Meter values come a day late" = "Mätvärdena kommer en dag för sent"
"Get the invoice" = "Få fakturan"
"Opens the invoice" = "Öppnar fakturan"
"looks at the sum" = "tittar på summan"
"Compute and send the invoice" = "Räkna fram och skicka fakturan"
"Why is it so high? What is tax, grid, electricity?" = "Varför är den så hög? Vad är skatt, nät och el?"
"Two firms, two invoices" = "Två bolag, två fakturor"
"words that nobody uses" = "ord som ingen använder"
"Ask about the invoice" = "Fråga om fakturan"
"Calls or writes" = "Ringer eller skriver"
"Explain" = "Förklara"
"correct" = "rätta"
"give credit" = "kreditera"
"When is it put right?" = "När blir det rättat?"
"Waits in line" = "Väntar i kö"
"tells the story twice" = "får berätta allt två gånger"
"Learn of new prices" = "Få besked om nya priser"
"Reads the notice" = "Läser beskedet"
"compares again" = "jämför igen"
"Announce new prices a month ahead" = "Meddela nya priser en månad i förväg"
"Should I leave?" = "Ska jag byta?"
"The reasons are not given" = "Skälen anges inte"
"Renew or leave" = "Förnya eller lämna"
"Renews" = "Förnyar"
"tells a neighbour, or leaves" = "tipsar en granne, eller lämnar"
"Offer a renewal in time" = "Erbjuda förnyelse i tid"
"Do old customers get the same price as new ones?" = "Får gamla kunder samma pris som nya?"
"New customers are offered more" = "Nya kunder får bättre erbjudanden"

# Where a table comes from, if not simply from its own name. `scale` is that of an event's own score. A file of
# another name, or with other column names, would be set like the lines that are commented out.
[tables.events]
scale = "csat"
# file = "log_2026.csv"
# [tables.events.columns]
# customer_id = "kund_nr"
"""


def settings_text(*, name: str, months: int, first_month: str) -> str:
    """The text of study.toml."""
    return SETTINGS.format(name=name, months=months, first_month=first_month)
