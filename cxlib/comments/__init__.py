"""What people wrote, counted by word and by person; never what one of them wrote."""

from cxlib.comments.keyness import comment_keyness
from cxlib.comments.stop_words import STOP_WORDS
from cxlib.comments.words import words_of

__all__ = ["STOP_WORDS", "comment_keyness", "words_of"]
