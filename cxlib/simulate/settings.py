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
