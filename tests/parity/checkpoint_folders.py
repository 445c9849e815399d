"""Writes folders as `save_pretrained` leaves them: true architectures, or small ones, at random weights."""
# pyright: reportMissingImports=false

import json
import shutil
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

_SMALL = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2}
_BASE = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
_BOOK = (
    "a photo of a cat, the cat sat on the mat; two dogs asleep on a red sofa near the sea at sunset",
    "children running along a beach in the rain, snow-covered mountains above a valley full of fog",
    "une vieille maison en pierre; ein Fahrrad an einer Mauer; le marché aux fleurs, naïve déjà vu",
    "東京の夜 桜と富士山 北京的秋天 قطة على السطح חתול על הגג кошка на крыше",
)


def write_clip(folder: Path, *, small: bool = False, tokenizer_folder: Path | None = None) -> None:
    """CLIP ViT-B/32, or a small one of the same make; CLIP's vocabulary where given, else one of bytes."""
    import torch
    from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel

    torch.manual_seed(7)
    size_px = 64 if small else 224
    config = CLIPConfig()  # transformers' defaults are openai/clip-vit-base-patch32
    if small:
        config = CLIPConfig(
            text_config=_SMALL | {"projection_dim": 48},
            vision_config=_SMALL | {"projection_dim": 48, "image_size": size_px, "patch_size": 16},
            projection_dim=48,
        )
    config.text_config.bos_token_id, config.text_config.eos_token_id = (
        0,
        2,
    )  # wrong in OpenAI's config.json too
    CLIPModel(config).save_pretrained(folder)
    CLIPImageProcessorPil(
        size={"shortest_edge": size_px}, crop_size={"height": size_px, "width": size_px}
    ).save_pretrained(folder)
    if tokenizer_folder:
        for name in ("vocab.json", "merges.txt"):
            shutil.copyfile(tokenizer_folder / name, folder / name)
    else:
        letters = sorted(pre_tokenizers.ByteLevel.alphabet())
        words = [*letters, *(f"{letter}</w>" for letter in letters)]
        words += [f"<unused {number}>" for number in range(49406 - len(words))]
        words += ["<|startoftext|>", "<|endoftext|>"]
        (folder / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}))
        (folder / "merges.txt").write_text("#version: 0.2\n")


def write_siglip2(folder: Path, *, small: bool = False) -> None:
    """SigLIP 2 base patch16-224 (its config says `siglip`), or a small one; with a Gemma-like tokenizer."""
    import torch
    from transformers import SiglipConfig, SiglipImageProcessorPil, SiglipModel

    torch.manual_seed(7)
    size_px = 64 if small else 224
    width = _SMALL if small else _BASE
    text = width | {
        "vocab_size": 1000 if small else 256_000,
        "max_position_embeddings": 64,
        "projection_size": width["hidden_size"],
        "pad_token_id": 0,
        "bos_token_id": 2,
        "eos_token_id": 1,
    }
    SiglipModel(
        SiglipConfig(text_config=text, vision_config=width | {"image_size": size_px, "patch_size": 16})
    ).save_pretrained(folder)
    SiglipImageProcessorPil(
        size={"height": size_px, "width": size_px}, image_mean=[0.5] * 3, image_std=[0.5] * 3, resample=2
    ).save_pretrained(folder)
    write_gemma_like_tokenizer(folder)


def write_gemma_like_tokenizer(folder: Path) -> None:
    """A byte-fallback BPE with SentencePiece's spaces, special tokens numbered as Gemma's; trained here."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>", *(f"<0x{byte:02X}>" for byte in range(256))]
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")  # learn words, not sentences
    lowered = [line.lower() for line in _BOOK]
    tokenizer.train_from_iterator(lowered, trainers.BpeTrainer(vocab_size=900, special_tokens=special))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")  # what Gemma's file has
    said = json.loads(tokenizer.to_str())
    # Bytes are plain vocabulary, as in Gemma's file; as special tokens they would match "<0x41>" in a query.
    said["added_tokens"] = [one for one in said["added_tokens"] if one["id"] < 4]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    names = {f"{name}_token": f"<{name}>" for name in ("pad", "eos", "bos", "unk")} | {
        "tokenizer_class": "GemmaTokenizer",
        "padding_side": "right",
        "model_max_length": 64,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(names))
