"""A GPT-2-type model in plain PyTorch eager: the peer that Emend is measured against.

Shapes: B rows, T tokens, D width, H heads, d = D / H, V vocabulary. Parameters are float32 leaves ("master weights").
Modes: "float32"; "bfloat16" casts the weights once per forward by a differentiable .to(), activations are bfloat16 and
layer normalization runs in float32 (1.13's bfloat16 kernel is several times slower); "autocast" is torch.autocast.
"""
import contextlib

import numpy
import torch
import torch.nn.functional as functional

WIDTH, LAYERS, HEADS, VOCABULARY, CONTEXT = 256, 6, 4, 4096, 256
HEAD = WIDTH // HEADS


def splitmix(seed, count):
    """The first count outputs of a splitmix64-like counter hash, as uint64: both sides draw weights and tokens from it."""
    with numpy.errstate(over="ignore"):
        z = (numpy.arange(1, count + 1, dtype=numpy.uint64) + numpy.uint64(seed << 32)) * numpy.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        return z ^ (z >> numpy.uint64(31))


def uniform(seed, shape, deviation):
    """Uniform values with mean 0 and the deviation given."""
    count = int(numpy.prod(shape))
    fractions = (splitmix(seed, count) >> numpy.uint64(40)).astype(numpy.float32) * numpy.float32(2.0 ** -24)
    return torch.from_numpy(((fractions - numpy.float32(0.5)) * numpy.float32(deviation * 12 ** 0.5)).reshape(shape))


def tokens(seed, rows, length):
    return torch.from_numpy((splitmix(seed, rows * length) % numpy.uint64(VOCABULARY)).astype(numpy.int64).reshape(rows, length))


class Gpt:
    """Parameters by name, in a fixed order; seed + index draws each."""

    def __init__(self, mode, seed):
        self.mode = mode
        self.compute = torch.float32 if mode == "float32" else torch.bfloat16
        self.parameters = {}
        self._seed = seed
        self._matrix("wte", (VOCABULARY, WIDTH))
        self._matrix("wpe", (CONTEXT, WIDTH))
        for layer in range(LAYERS):
            self._norm(f"{layer}.ln1")
            self._linear(f"{layer}.qkv", WIDTH, 3 * WIDTH)
            self._linear(f"{layer}.out", WIDTH, WIDTH)
            self._norm(f"{layer}.ln2")
            self._linear(f"{layer}.up", WIDTH, 4 * WIDTH)
            self._linear(f"{layer}.down", 4 * WIDTH, WIDTH)
        self._norm("ln")
        # 0 may be seen, what is to come may not: added to the scores.
        self.masks = torch.full((CONTEXT, CONTEXT), float("-inf")).triu(1).to(self.compute)

    def _matrix(self, name, shape):
        self.parameters[name] = uniform(self._next_seed(), shape, 0.02).requires_grad_()

    def _linear(self, name, inputs, outputs):
        # Drawn as (in, out), as GPT-2 files store them; kept as (out, in), as torch's linear wants them.
        drawn = uniform(self._next_seed(), (inputs, outputs), 0.02)
        self.parameters[name + ".w"] = drawn.t().contiguous().requires_grad_()
        self._next_seed()
        self.parameters[name + ".b"] = torch.zeros(outputs).requires_grad_()

    def _norm(self, name):
        self._next_seed()
        self.parameters[name + ".w"] = torch.ones(WIDTH).requires_grad_()
        self._next_seed()
        self.parameters[name + ".b"] = torch.zeros(WIDTH).requires_grad_()

    def _next_seed(self):
        self._seed += 1
        return self._seed

    def weights(self):
        """The weights as a training forward uses them; autocast casts by itself."""
        return self.parameters if self.mode == "autocast" else self.cast_weights()

    def cast_weights(self):
        """Norms in float32, all else in the compute type."""
        return {name: p if "ln" in name else p.to(self.compute) for name, p in self.parameters.items()}

    def precision(self):
        return torch.autocast("cpu", torch.bfloat16) if self.mode == "autocast" else contextlib.nullcontext()

    def norm(self, x, w, name):
        return functional.layer_norm(x.float(), (WIDTH,), w[name + ".w"], w[name + ".b"]).to(x.dtype)

    def hidden(self, ids, w):
        """Last hidden states (B, T, D), after the final norm."""
        rows, length = ids.shape
        x = functional.embedding(ids, w["wte"]) + w["wpe"][:length]
        mask = self.masks[:length, :length].expand(rows * HEADS, length, length)
        for layer in range(LAYERS):
            qkv = functional.linear(self.norm(x, w, f"{layer}.ln1"), w[f"{layer}.qkv.w"], w[f"{layer}.qkv.b"])
            q, k, v = qkv.view(rows, length, 3, HEADS, HEAD).permute(2, 0, 3, 1, 4).reshape(3, rows * HEADS, length, HEAD).unbind(0)
            scores = torch.baddbmm(mask, q, k.transpose(1, 2), alpha=HEAD ** -0.5)
            mixed = torch.bmm(torch.softmax(scores, -1), v).view(rows, HEADS, length, HEAD).transpose(1, 2).reshape(rows, length, WIDTH)
            x = x + functional.linear(mixed, w[f"{layer}.out.w"], w[f"{layer}.out.b"])
            up = functional.gelu(functional.linear(self.norm(x, w, f"{layer}.ln2"), w[f"{layer}.up.w"], w[f"{layer}.up.b"]), approximate="tanh")
            x = x + functional.linear(up, w[f"{layer}.down.w"], w[f"{layer}.down.b"])
        return self.norm(x, w, "ln")

    def logits(self, hidden, w):
        return functional.linear(hidden, w["wte"])


class Cache:
    """Keys and values of every layer, allocated once: (2, layers, B, H, T, d), written in place."""

    def __init__(self, model, rows, capacity):
        self.model, self.rows = model, rows
        self.memory = torch.zeros(2, LAYERS, rows, HEADS, capacity, HEAD, dtype=model.compute)
        self.length = 0

    def hidden(self, ids, w):
        """Hidden states (B, T, D) of the next T tokens of every row."""
        model, rows, length, start = self.model, self.rows, ids.shape[1], self.length
        end = start + length
        x = functional.embedding(ids, w["wte"]) + w["wpe"][start:end]
        mask = model.masks[start:end, :end].expand(rows * HEADS, length, end)
        for layer in range(LAYERS):
            qkv = functional.linear(model.norm(x, w, f"{layer}.ln1"), w[f"{layer}.qkv.w"], w[f"{layer}.qkv.b"])
            q, k, v = qkv.view(rows, length, 3, HEADS, HEAD).permute(2, 0, 3, 1, 4).unbind(0)
            self.memory[0, layer, :, :, start:end] = k
            self.memory[1, layer, :, :, start:end] = v
            keys = self.memory[0, layer, :, :, :end].reshape(rows * HEADS, end, HEAD)
            values = self.memory[1, layer, :, :, :end].reshape(rows * HEADS, end, HEAD)
            q = q.reshape(rows * HEADS, length, HEAD)
            if length == 1:
                scores = torch.bmm(q, keys.transpose(1, 2)) * HEAD ** -0.5
            else:
                scores = torch.baddbmm(mask, q, keys.transpose(1, 2), alpha=HEAD ** -0.5)
            mixed = torch.bmm(torch.softmax(scores, -1), values).view(rows, HEADS, length, HEAD).transpose(1, 2).reshape(rows, length, WIDTH)
            x = x + functional.linear(mixed, w[f"{layer}.out.w"], w[f"{layer}.out.b"])
            up = functional.gelu(functional.linear(model.norm(x, w, f"{layer}.ln2"), w[f"{layer}.up.w"], w[f"{layer}.up.b"]), approximate="tanh")
            x = x + functional.linear(up, w[f"{layer}.down.w"], w[f"{layer}.down.b"])
        self.length = end
        return model.norm(x, w, "ln")


def sample(logprobs):
    """One id per row by the inverse of the distribution function: a tenth of the time of torch.multinomial."""
    cumulative = logprobs.exp().cumsum(-1)
    return torch.searchsorted(cumulative, torch.rand(len(logprobs), 1) * cumulative[:, -1:]).clamp_(max=VOCABULARY - 1)


@torch.inference_mode()
def generate(model, prompts, new_tokens):
    """Samples at temperature 1 from the full softmax: (responses (B, N), their log-probabilities (B, N))."""
    rows, length = prompts.shape
    w = model.cast_weights()
    cache = Cache(model, rows, length + new_tokens)
    responses = torch.empty(rows, new_tokens, dtype=torch.int64)
    chosen = torch.empty(rows, new_tokens)
    step = prompts
    for i in range(new_tokens):
        logits = model.logits(cache.hidden(step, w)[:, -1], w).float()
        logprobs = torch.log_softmax(logits, -1)
        step = sample(logprobs)
        responses[:, i : i + 1] = step
        chosen[:, i : i + 1] = logprobs.gather(1, step)
    return responses, chosen
