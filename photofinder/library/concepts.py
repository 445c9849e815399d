"""What photos commonly show: the measure against which a query's scores are taken.

An encoder's cosines mean nothing by themselves: their level differs from encoder to encoder and from photo to photo.
How much better a query fits a photo than other things do is what counts, and these are the other things. They are
common on purpose, and many, so that a photo of anything fits some of them; they were not chosen for any library.
"""

import hashlib
import logging
import os
import time
from pathlib import Path
from typing import Final

import numpy as np

from photofinder.core.types import Vector
from photofinder.encoder.bundle import Bundle
from photofinder.library.library import Library

_log = logging.getLogger(__name__)

PATIENCE_S: Final = 2.0
"""How long a search may spend on embedding the concepts; a slow encoder's are made by the next `index`."""

_BATCH: Final = 16


def embedded(library: Library, bundle: Bundle, patience_s: float | None) -> Vector | None:
    """The concepts' embeddings, (n, dim) of unit length, made once for each bundle and kept in the library's cache.

    None where making them would take longer than `patience_s` (None: as long as it takes). Any thread. Raises
    BundleProblem.
    """
    path = _path(library, bundle)
    kept = _kept(path, bundle)
    if kept is not None:
        return kept
    encoder = library.text_encoder(bundle)
    encoder.embed_query(CONCEPTS[0])  # what opening the session costs is not what a concept costs
    prompts = bundle.text.prompts
    made: list[Vector] = []
    began = time.perf_counter()
    for start in range(0, len(CONCEPTS), _BATCH):
        some = CONCEPTS[start : start + _BATCH]
        parts = encoder.embed([prompt.replace("{}", concept) for concept in some for prompt in prompts])
        means = parts.reshape(len(some), len(prompts), -1).mean(axis=1)
        made.append((means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32))
        spent_s = time.perf_counter() - began
        if patience_s is not None and spent_s / (start + len(some)) * len(CONCEPTS) > patience_s:
            return None
    vectors = np.concatenate(made)
    _keep(path, vectors)
    return vectors


def _path(library: Library, bundle: Bundle) -> Path:
    recipe = "\n".join([bundle.space, *bundle.text.prompts, *CONCEPTS])
    return library.where.cache / "concepts" / f"{hashlib.sha256(recipe.encode()).hexdigest()[:32]}.npy"


def _kept(path: Path, bundle: Bundle) -> Vector | None:
    try:
        vectors = np.load(path)
    except (OSError, ValueError, EOFError):  # not there, or cut off: it is only a cache
        return None
    return vectors if vectors.shape == (len(CONCEPTS), bundle.embedding_dim) and vectors.dtype == np.float32 else None


def _keep(path: Path, vectors: Vector) -> None:
    making = path.with_name(f"{path.stem}-{os.getpid()}.making.npy")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(making, vectors)
        making.replace(path)
    except OSError as error:
        _log.warning("The concepts of an encoder could not be kept in %s: %s", path.parent, error)


_LIST = """
a person; a man; a woman; a child; a baby; a crowd of people; a family portrait; a group of friends; an old man;
a selfie; a bride and groom; a musician; a dancer; a football player; a runner; a cyclist; a swimmer; a climber;
a skier; a soldier; a face in close-up; hands; feet; a silhouette; someone sleeping; someone cooking; someone
reading; someone working; a dog; a cat; a horse; a cow; a sheep; a goat; a pig; a bird; a duck; an owl; an
eagle; a chicken; a fish; a snake; a lizard; a frog; an insect; a butterfly; a bee; a spider; a bear; a lion; a
monkey; a deer; a rabbit; a mouse; a fox; a whale; an elephant; a zebra; a camel; a penguin; a turtle; an
aquarium; a zoo; a farm; a mountain; a snowy peak; a hill; a valley; a cliff; a canyon; a desert; a beach; the
sea; waves; an island; a lake; a river; a waterfall; a forest; a tree; a leaf; grass; a meadow; a field of
wheat; a garden; a park; a flower; a rose; a cactus; mushrooms; moss; rocks; sand; ice; snow; a glacier; a
volcano; a cave; a path; the sky; clouds; fog; rain; a storm; lightning; a rainbow; a sunset; a sunrise; the
moon; stars at night; northern lights; autumn leaves; spring blossom; a frozen lake; a house; a cottage; a
skyscraper; a city skyline; a street; a narrow alley; a square; a market; a shop; a restaurant; a cafe; a hotel;
a church; a cathedral; a mosque; a temple; a castle; a palace; ruins; a tower; a bridge; a tunnel; a harbour; an
airport; a railway station; a factory; a building site; a power line; a windmill; a lighthouse; a statue; a
fountain; a monument; a cemetery; a wall; a fence; a gate; a door; a window; stairs; a roof; a balcony; a bench;
a road; a motorway; a sign; a traffic light; street lights at night; graffiti; a flag; a poster; a car; a truck;
a bus; a taxi; a motorcycle; a bicycle; a train; a tram; an aeroplane; a helicopter; a balloon; a boat; a
sailing ship; a ferry; a kayak; a tractor; a fire engine; a wheel; an engine; a dashboard; a kitchen; a
bathroom; a bedroom; a living room; an office; a classroom; a library; a museum; a hospital; a gym; a theatre; a
concert; a party; a wedding; a birthday cake; a Christmas tree; fireworks; a parade; a demonstration; a meeting;
a table; a chair; a sofa; a bed; a lamp; a mirror; a clock; a vase; a candle; a curtain; a carpet; a shelf; a
fridge; a sink; a computer; a laptop; a keyboard; a mobile phone; a camera; a television; headphones; a cable; a
tool; a machine; a robot; a book; a newspaper; a map; a letter; a receipt; a document; handwriting; a
screenshot; a drawing; a painting; a logo; a chart; a toy; a doll; a ball; a guitar; a piano; a violin; drums; a
bottle; a glass; a cup of coffee; a plate of food; a pizza; a hamburger; a sandwich; bread; a salad; soup;
pasta; rice; meat; sushi; cheese; eggs; fruit; an apple; bananas; vegetables; tomatoes; ice cream; chocolate; a
cake; wine; beer; tea; a hat; shoes; a dress; a shirt; a jacket; trousers; a bag; a backpack; glasses;
jewellery; a watch; an umbrella; a football match; tennis; basketball; baseball; golf; skiing; surfing;
skateboarding; swimming; fishing; camping; a tent; a campfire; a picnic; a playground; a swimming pool; a
stadium; a racing track; an aerial view; a panorama; a black and white photo; a blurred photo; a dark photo; a
texture; an abstract pattern; a shadow; a reflection in water; a microscope picture; an X-ray; a thermal
picture; a night scene; a room without people; nothing
"""

CONCEPTS: Final = tuple(concept.strip() for concept in _LIST.replace("\n", " ").split(";"))
