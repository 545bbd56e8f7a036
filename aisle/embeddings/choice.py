"""Which encoder a setting names. Nothing heavy is imported before it encodes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aisle.embeddings.encoder import Encoder
from aisle.embeddings.weights import find_weights

if TYPE_CHECKING:
    from PIL.Image import Image

NO_IMAGES = "none"


def text_encoder(value: str, corpus: Sequence[str]) -> Encoder[str]:
    """Return the encoder AISLE_TEXT_ENCODER names; only `tfidf` is fitted on the corpus."""
    if value == "wordllama":
        from aisle.embeddings.wordllama_encoder import WordLlamaEncoder

        return WordLlamaEncoder()
    if value == "tfidf":
        from aisle.embeddings.tfidf import TfidfEncoder

        return TfidfEncoder(corpus)
    from aisle.embeddings.bert import MINILM, SentenceEncoder

    named = MINILM if value == "minilm" else value
    return SentenceEncoder(find_weights(named, "AISLE_TEXT_ENCODER"))


def image_encoder(value: str) -> "Encoder[Image] | None":
    """Return the encoder AISLE_IMAGE_ENCODER names; None for `none`."""
    if value == NO_IMAGES:
        return None
    if value == "efficientnet-lite0":
        from aisle.embeddings.efficientnet import EfficientNetEncoder

        return EfficientNetEncoder()
    from aisle.embeddings.resnet import RESNET_50, ResNetEncoder

    named = RESNET_50 if value == "resnet" else value
    return ResNetEncoder(find_weights(named, "AISLE_IMAGE_ENCODER"))
