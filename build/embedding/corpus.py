"""The texts the student learns from: WordNet's examples, words and definitions, alone and dressed as chat and questions."""

import random
import re
from pathlib import Path

import numpy as np
from faker.providers.person.en_US import Provider

SEED = 20
LEMMAS, DEFINITIONS = 30_000, 25_000
LONGEST_WORD = 22
BARE = 0.35
QUESTION_SHARE = 3

NAMES = sorted({*Provider.first_names_male, *Provider.first_names_female})
OPENERS = """Hey {n}!|Hi {n}, how are you?|Thanks, {n}!|Wow, {n}, that's great.|Oh, I see.|Yeah, totally.|That sounds amazing!|Good to hear from you.|
I remember.|You know what?|Really?|Well, {n},|So,|I'm sorry to hear that.|No worries.|Congrats, {n}!|Honestly,|Guess what?|By the way,|Cool!""".replace("\n", "").split("|")
CLOSERS = """What about you?|How have you been?|Thanks for asking.|What do you think?|It was so much fun.|I'm really excited.|Take care!|Talk to you soon.|
It means a lot to me.|Anything new?|I can't wait.|Have you ever tried it?|Last week was busy.|It happened yesterday.|See you on Friday.|It's been a while.|Love it!|Let me know.""".replace("\n", "").split("|")
ASKS = """When did {n} {v}?|What did {n} {v}?|Why did {n} {v} the {o}?|Where did {n} {v} the {o}?|How often does {n} {v}?|Does {n} like {o}?|What does {n} think about {o}?|
Which {o} did {n} choose?|How many {o}s does {n} have?|What kind of {o} does {n} want?|When did {n} see the {o}?|What is {n}'s favorite {o}?|Who gave {n} the {o}?|
What did {n} say about the {o}?|Where does {n} keep the {o}?|How long has {n} been interested in {o}?|What {o} and {p} did we talk about?|How does {n} feel about the {o} and the {p}?|
Did we decide on the {o}?|What is the {o} of the {p}?|What did {n} and {m} do at the {o}?|How do I {v} a {o}?|Would {n} enjoy the {o}?|What are the effects of {o} on {p}?|
What is known about {o} and {p}?|I {v} the {o} with {n} on Sunday.|{n} and I talked about {o}.|I want to {v} the {o} next month.|My {o} is next to the {p}.|We need a new {o} for the {p}.""".replace("\n", "").split("|")


class WordNet:
    """Definitions, example sentences and lemmas, in the order of the files."""

    def __init__(self, folder: Path):
        self.definitions, self.examples, self.lemmas = [], [], {"n": [], "v": [], "a": [], "r": []}
        for part, kind in (("noun", "n"), ("verb", "v"), ("adj", "a"), ("adv", "r")):
            for line in (folder / f"data.{part}").read_text(encoding="utf-8").splitlines():
                if line.startswith("  "):
                    continue
                fields, _, gloss = line.partition(" | ")
                fields = fields.split(" ")
                words = [re.sub(r"\(\w+\)$", "", fields[4 + 2 * at]).replace("_", " ") for at in range(int(fields[3], 16))]
                examples = [text.strip() for text in re.findall(r'"([^"]+)"', gloss)]
                definition = re.sub(r'[;:]?\s*"[^"]*"?.*$', "", gloss).strip(" ;:")
                self.lemmas[kind] += words
                self.definitions.append((words, definition))
                self.examples += [text for text in examples if " " in text]


class Corpus:
    """What the teacher is asked once (`texts`), and the many ways in which the student sees it (`bags`)."""

    def __init__(self, wordnet: WordNet):
        pick = random.Random(SEED)
        examples = shuffled({*wordnet.examples}, pick)
        lemmas = shuffled({word for words in wordnet.lemmas.values() for word in words}, pick)
        definitions = shuffled({f"{', '.join(words[:2])}: {definition}" for words, definition in wordnet.definitions}, pick)
        self.texts = examples + lemmas[:LEMMAS] + definitions[:DEFINITIONS]
        self.words = [at for at, text in enumerate(self.texts) if text.count(" ") <= 1 and len(text) < LONGEST_WORD]

    def variants(self, meanings: np.ndarray, seed: int) -> tuple[list[str], np.ndarray]:
        """
        One epoch: every text, most of them dressed as something a named person says in a chat, and questions about its words.
        The meaning to learn stays that of the bare text, so names, greetings and question words learn to weigh little.
        """
        pick = random.Random(seed)
        texts = [self.dressed(text, pick) for text in self.texts]
        asked = []
        for _ in range(len(self.texts) // QUESTION_SHARE):
            question = pick.choice(ASKS)
            slots = {slot: pick.choice(self.words) for slot in ("o", "p", "v")}
            used = [at for slot, at in slots.items() if f"{{{slot}}}" in question]
            texts.append(question.format(n=name(pick), m=name(pick), **{slot: self.texts[at] for slot, at in slots.items()}))
            meaning = meanings[used].sum(axis=0)
            asked.append(meaning / np.linalg.norm(meaning))
        return texts, np.concatenate([meanings, np.array(asked, np.float32)])

    def dressed(self, text: str, pick: random.Random) -> str:
        if pick.random() < BARE:
            return text
        speaker = f"{name(pick)}: " if pick.random() < 0.5 else ""
        before = pick.choice(OPENERS).replace("{n}", name(pick)) + " " if pick.random() < 0.5 else ""
        after = " " + pick.choice(CLOSERS) if pick.random() < 0.4 else ""
        if not (speaker or before or after):
            speaker = f"{name(pick)}: "
        return speaker + before + text[:1].upper() + text[1:] + pick.choice(".!.") + after


def shuffled(texts: set[str], pick: random.Random) -> list[str]:
    result = sorted(texts)
    pick.shuffle(result)
    return result


def name(pick: random.Random) -> str:
    return pick.choice(NAMES)
