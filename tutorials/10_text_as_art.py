# %% [markdown]
# # 10. Text as art
#
# 本教程从零开始训练小型语言模型：先学加法，再写莎士比亚式的对白；
# 最后请一个已经训练好的模型按格律（五言、七言，绝句、律诗）写唐诗。
# 文中每一个说法都由输出来证明：答案对不对，字数对不对，有没有照抄。
# 不读英文，也能看懂程序和输出。
#
# An article that introduces image generation ends with texts as another form of
# art. Here a small GPT is trained from scratch on sums, whose answers can be
# marked, and on plays; one that was trained before writes poems of the Tang
# dynasty, whose form can be counted.
#
# **You will learn**
#
# - how a text becomes numbers, and what the network says of each;
# - to see attention: which characters a digit of a sum looks at;
# - that a model can know more than what it was shown, or less;
# - what temperature does, in numbers;
# - to ask for a form, and to tell a poem from a copy.
#
# **Time** About 6 minutes on 2 cores. With `"python_topics"` in place of
# `"tiny_shakespeare"` in the first cell no network is needed.

# %%
import os

import keras
import matplotlib.pyplot as plt
import numpy as np

import kerasgen
from kerasgen import metrics

SMOKE = "KERASGEN_SMOKE" in os.environ  # A run of seconds, for tests.
DATASET = "python_topics" if SMOKE else "tiny_shakespeare"

keras.utils.set_random_seed(0)
plt.rcParams["figure.dpi"] = 90

# %% [markdown]
# ## 1. A text as numbers
#
# Each character is a token, and each token a number; 0 ends a text. The model
# reads a text from left to right, and at each place says how probable every
# token is to come next, $p(x_i \mid x_1, \dots, x_{i-1})$. It is trained to
# give the one that does come a high probability: it minimizes
#
# $$-\frac{1}{n} \sum_i \log p(x_i \mid x_1, \dots, x_{i-1}).$$
#
# Our first texts are sums of two numbers below 100. There are 10,000; the model
# sees 9,000 of them.

# %%
data = kerasgen.data.load_text("sums", batch_size=64, seed=0)
print(data.tokenizer.decode(next(iter(data)))[:4])
print(data.tokenizer.encode("3+4=7"), "of", data.tokenizer.vocabulary_size)

stages = (1, 2) if SMOKE else (1, 4, 10, 20)  # Epochs.
sums = kerasgen.GPT(data.length, data.tokenizer, seed=0)
rate = keras.optimizers.schedules.CosineDecay(2e-3, stages[-1] * len(data))
sums.compile(keras.optimizers.Adam(rate, global_clipnorm=1.0))


def share_right(split):
    """The share of sums of which the answer is right, the likeliest drawn."""
    texts = kerasgen.data.read_text("sums", split)[:500]
    questions = [text.split("=")[0] + "=" for text in texts]
    answers = sums.generate(prompts=questions, temperature=0, seed=0)
    return np.mean([answer == text for answer, text in zip(answers, texts)])


for epochs in stages:
    done = int(sums.optimizer.iterations) // len(data)
    history = sums.fit(data, initial_epoch=done, epochs=epochs, verbose=0)
    print(
        f"after {epochs:2d} epochs: {history.history['loss'][-1]:.3f} nats, "
        f"right of those seen {share_right('train'):.1%}, "
        f"of those never seen {share_right('test'):.1%}"
    )

# %% [markdown]
# The loss does not fall to 0: nobody can know which numbers will be added. What
# follows the equals sign can be known, and the last column says that the model
# has learned to add, and not a list of answers.
#
# ## 2. What it looks at
#
# To say what comes next, each place of a text takes from others what they hold,
# in shares that add up to 1: attention. Here are the shares of every head of
# the last block, a row for each place, for one sum. The first column is the
# token before the text. Some heads look at the place itself, others find the
# digits that are added where the answer is written.

# %%
text = "37+48=85"
tokens = sums.tokenizer.encode([text])[0]
padded = np.zeros((1, sums.length), "int32")
padded[0, : len(tokens)] = tokens
weights = sums.sequence.attention_weights(sums.shifted(padded)).numpy()[0]
names = ["start", *text]
figure, axes = plt.subplots(1, 4, figsize=(14, 3.8))
for head, ax in enumerate(axes):
    shown = weights[-1, head, : len(names), : len(names)]
    ax.imshow(shown, cmap="Blues", vmin=0, vmax=1)
    ax.set_xticks(range(len(names)), names)
    # What a place looks for is the next character.
    ax.set_yticks(range(len(names)), [f"→ {c}" for c in (*text, "end")])
    ax.set_title(f"head {head + 1}")
plt.show()

# %% [markdown]
# ## 3. How sure it is
#
# The probability of each character, after those before it, as a colour: the
# deeper, the likelier. The numbers that are added are surprises; the answer is
# none, unless it is wrong.


# %%
def show_probabilities(model, texts):
    """Texts, each character on a ground that says how probable it was."""
    found = np.exp(model.token_log_likelihoods(texts))
    height = 0.45 * len(texts)
    figure, ax = plt.subplots(figsize=(0.22 * max(map(len, texts)), height))
    for row, (text, shares) in enumerate(zip(texts, found)):
        for place, (character, share) in enumerate(zip(text, shares)):
            box = {"color": plt.cm.Blues(0.7 * share), "pad": 2}
            ax.text(place, -row, character, family="monospace", bbox=box)
    ax.set(xlim=(-1, max(map(len, texts)) + 1), ylim=(0.7 - len(texts), 0.8))
    ax.axis("off")
    plt.show()


show_probabilities(sums, ["37+48=85", "37+48=75", "99+99=198", "5+6=12"])
for text in ("37+48=85", "37+48=75"):
    print(text, f"log-likelihood {sums.log_likelihood(text)[0]:.2f} nats")

# %% [markdown]
# ## 4. Plays
#
# The same model on a long text: plays by Shakespeare, a million characters. It
# is cut into windows of 64 characters, which begin elsewhere in each epoch. Two
# minutes of training are no education; they are enough for names in capitals,
# for verse, and for words that sound like English.

# %%
data = kerasgen.data.load_text(DATASET, length=64, batch_size=32, seed=0)
held_out = kerasgen.data.load_text(
    DATASET, "test", data.tokenizer, data.length, shuffle=False
)
plays = kerasgen.GPT(data.length, data.tokenizer, seed=0)
epochs = 1 if SMOKE else 3
rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * len(data))
plays.compile(keras.optimizers.Adam(rate, global_clipnorm=1.0))
plays.fit(data, epochs=epochs, verbose=0)
found = plays.evaluate(held_out, verbose=0, return_dict=True)
print(
    f"On text never seen: {found['loss']:.3f} nats, or "
    f"{found['bits_per_character']:.2f} bits a character; without a model "
    f"{np.log2(data.tokenizer.vocabulary_size):.2f}."
)
(text,) = plays.generate(seed=0, prompts="ROMEO:", length=60 if SMOKE else 400)
print(text)

# %% [markdown]
# ## 5. Temperature
#
# Before a token is drawn, what the network says is divided by a temperature. At
# 0 the likeliest is taken, and the text runs in circles; at 1 it is drawn as
# learned; above, anything may come. Of 16 texts of 200 characters each: how
# many different runs of four characters there are, as a share of all; how many
# of their words stand in the training text, and how many runs of eight are
# copied from it. The last line is the same of text by the author.

# %%
source = kerasgen.data.read_text(DATASET, "train")
words = set(source.split())
length = 40 if SMOKE else 200


def measured(texts):
    known = [word in words for text in texts for word in text.split()[:-1]]
    return (
        f"different {metrics.distinct_ngrams(texts):4.0%}, "
        f"known words {np.mean(known):4.0%}, "
        f"copied {metrics.copied_ngrams(texts, [source]):4.0%}"
    )


for temperature in (0.0, 0.5, 0.8, 1.0, 1.3):
    texts = plays.generate(
        16, seed=0, prompts="\n", length=length, temperature=temperature
    )
    print(f"temperature {temperature}: {measured(texts)}")
real = kerasgen.data.read_text(DATASET, "test")
real = [real[start : start + length] for start in range(0, 16 * length, length)]
print(f"the author:      {measured(real)}")

# %% [markdown]
# ## 6. Poems
#
# Regular verse of the Tang dynasty has four or eight lines, of five or of seven
# characters each. The saved model `gpt_tang_poems` was trained on 32,000 such
# poems, with their form as a class, so that it can be asked for one. Its
# training text is not part of this library; its card says what it copies.
#
# 它只见过字，没有学过格律；格式对不对，数一数便知。

# %%
poet = kerasgen.load("gpt_tang_poems")
for form in poet.class_names:
    (poem,) = poet.generate(1, seed=3, labels=form)
    print(f"{form}\n{poem}\n")

# %% [markdown]
# Are they of the form that was asked for? A form is right if all lines are
# there and each has as many characters as it should.

# %%
FORMS = {
    "五言絕句": (5, 4),
    "七言絕句": (7, 4),
    "五言律詩": (5, 8),
    "七言律詩": (7, 8),
}
number = 20 if SMOKE else 200


def is_right(poem, form):
    width, lines = FORMS[form]
    found = poem.replace("，", "\n").replace("。", "\n").replace("？", "\n")
    found = [line for line in found.split("\n") if line]
    return len(found) == lines and all(len(line) == width for line in found)


for form in poet.class_names:
    drawn = poet.generate(number, seed=0, labels=form)
    right = np.mean([is_right(poem, form) for poem in drawn])
    different = len(set("".join(drawn)))
    print(f"{form}: {right:.1%} right; {different} different characters")

# %% [markdown]
# A first line may be given; the model goes on from it, in the form asked for.

# %%
for prompt, form in (
    ("明月照高樓，", "五言絕句"),
    ("春風又到江南岸，", "七言絕句"),
):
    (poem,) = poet.generate(prompts=prompt, seed=1, labels=form)
    print(f"{poem}\n")

# %% [markdown]
# ## Where to go from here
#
# - `kerasgen train gpt --dataset my_text.txt` trains on a text of yours; a
#   folder with a folder of texts for each class, as the poems are, makes a
#   model that can be asked for one.
# - `model.export(...)` serves it: prompts go in as strings, and strings come
#   out (tutorial 6).
# - `kerasgen.ImageGPT` does to patches of pixels what was done to characters
#   here, and `kerasgen.VQVAE(..., prior="gpt")` to the codes of images.
# - Pictures as art are in tutorial 5.
