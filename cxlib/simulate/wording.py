"""The words of a generated study: channels, notes, comments in Swedish and English, actions, the canvas."""

from __future__ import annotations

import numpy as np

from cxlib.simulate.happenings import Happenings
from cxlib.simulate.truth import Truth

NOTE_SHARE = 0.04

NOTES = {
    "Customer service": (
        "Asked about the notice period",
        "Moving house, new address from next month",
        "Wanted to know who owns the grid",
        "Password reset",
    ),
    "Invoice question": (
        "Asked how the consumption was measured",
        "Wanted the invoice split in two",
        "Asked about the energy tax",
        "Compared with the invoice of last year",
    ),
    "Contract change": ("From variable to fixed price", "From fixed to variable price", "Added solar power"),
    "Power outage": ("Less than an hour", "Several hours", "Planned work by the grid owner"),
}

COMMENTS = {
    ("payment", "sv"): {
        "negative": (
            "Fakturan var alldeles för hög.",
            "Jag förstår inte vad jag betalar för.",
            "Fel belopp igen, och ingen förklaring.",
            "Fick betala påminnelseavgift trots att jag betalat.",
        ),
        "neutral": ("Helt okej.", "Fakturan kom i tid, mer finns inte att säga.", "Svår att läsa men den stämde."),
        "positive": ("Tydlig faktura.", "Bra att det syns vad som är nät och vad som är el.", "Smidigt med autogiro."),
    },
    ("payment", "en"): {
        "negative": ("The amount was far too high.", "I cannot tell what I am paying for.", "Wrong, and no apology."),
        "neutral": ("An invoice is an invoice.", "Fine, but hard to read."),
        "positive": ("Clear and on time.", "Easy to see what I used."),
    },
    ("consumption", "sv"): {
        "negative": ("Strömmen var borta i flera timmar.", "Lång väntan i telefon.", "Fick inget svar på min fråga."),
        "neutral": ("Det fungerar.", "Elen finns i väggen, det räcker.", "Varken bra eller dåligt."),
        "positive": ("Trevlig och kunnig handläggare.", "Appen visar precis det jag vill veta.", "Snabb hjälp!"),
    },
    ("consumption", "en"): {
        "negative": ("Out for hours and nobody told us.", "Long wait on the phone.", "The app was down."),
        "neutral": ("It just works.", "Nothing special."),
        "positive": ("Friendly and quick help.", "I like the daily graph."),
    },
    ("purchase", "sv"): {
        "negative": ("Krångligt att teckna avtal.", "Priset blev ett annat än det utlovade."),
        "neutral": ("Som väntat.", "Gick bra, tog lite tid."),
        "positive": ("Enkelt att byta.", "Bra villkor och tydligt från början.", "Allt sköttes åt mig."),
    },
    ("purchase", "en"): {
        "negative": ("The terms were hard to find.", "Not the price I was promised."),
        "neutral": ("As expected.", "It took a while."),
        "positive": ("Switching took five minutes.", "Clear terms.", "Everything was done for me."),
    },
    ("relation", "sv"): {
        "negative": (
            "Lita aldrig på första fakturan.",
            "Funderar på att byta bolag.",
            "För dyrt för vad man får.",
            "Det tog för lång tid att rätta felet.",
        ),
        "neutral": ("Ett elbolag som alla andra.", "Inga problem, men inget extra heller.", "Priset avgör."),
        "positive": ("Enkelt och ärligt.", "De ringde upp och bad om ursäkt, det var bra.", "Nöjd kund sedan starten."),
    },
    ("relation", "en"): {
        "negative": ("Thinking of leaving.", "It took too long to put things right.", "Too expensive."),
        "neutral": ("Electricity is electricity.", "No complaints, no praise."),
        "positive": ("Easy to deal with.", "They called back and apologised.", "Would choose them again."),
    },
}

ACTIONS = {
    "purchase": ("Called the customer and explained the terms", "Sent a new confirmation", "Matched the price"),
    "consumption": ("Called the customer and apologised", "Explained the cause by email", "Passed on to IT"),
    "payment": ("Corrected the invoice", "Explained the invoice by phone", "Gave a credit of 200 SEK"),
}

CHANNEL_OTHERWISE = "web"


def draw_channels(generator: np.random.Generator, truth: Truth, happenings: Happenings) -> np.ndarray:
    """The channel of every event, by the shares of its touchpoint."""
    chosen = np.full(len(happenings), CHANNEL_OTHERWISE, dtype=object)
    for position, one in enumerate(truth.touchpoints):
        rows = np.flatnonzero(happenings.touchpoint == position)
        names, shares = zip(*one.channels, strict=True)
        probability = np.array(shares) / sum(shares)
        chosen[rows] = np.array(names, dtype=object)[generator.choice(len(names), len(rows), p=probability)]
    return chosen


def draw_notes(generator: np.random.Generator, truth: Truth, happenings: Happenings) -> np.ndarray:
    """A short note by staff on a few events; None on the others."""
    notes = np.full(len(happenings), None, dtype=object)
    is_noted = generator.random(len(happenings)) < NOTE_SHARE
    for position, one in enumerate(truth.touchpoints):
        if one.touchpoint in NOTES:
            rows = np.flatnonzero(is_noted & (happenings.touchpoint == position))
            texts = np.array(NOTES[one.touchpoint], dtype=object)
            notes[rows] = texts[generator.integers(0, len(texts), len(rows))]
    return notes


def draw_comments(generator: np.random.Generator, truth: Truth, subject: np.ndarray, mood: np.ndarray) -> np.ndarray:
    """A comment to some answers; None to the others.

    Parameters
    ----------
    subject : array of str
        A phase, or "relation".
    mood : array of str
        "negative", "neutral", "positive", or "" where unanswered, which never has a comment.
    """
    n, answers = len(subject), truth.answers
    comments = np.full(n, None, dtype=object)
    writes = (generator.random(n) < answers.comment_share) & (mood != "")
    language = np.where(generator.random(n) < answers.language_share_sv, "sv", "en")
    draw = generator.random(n)
    for (of, code), texts_by_mood in COMMENTS.items():
        for of_mood, texts in texts_by_mood.items():
            rows = np.flatnonzero(writes & (subject == of) & (language == code) & (mood == of_mood))
            comments[rows] = np.array(texts, dtype=object)[(draw[rows] * len(texts)).astype(np.int64)]
    return comments


def draw_actions(generator: np.random.Generator, phase: np.ndarray) -> np.ndarray:
    """What the firm did about each case, by the phase that it is about."""
    actions = np.full(len(phase), None, dtype=object)
    draw = generator.random(len(phase))
    for name, texts in ACTIONS.items():
        rows = np.flatnonzero(phase == name)
        actions[rows] = np.array(texts, dtype=object)[(draw[rows] * len(texts)).astype(np.int64)]
    return actions
