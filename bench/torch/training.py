"""The peer's training workloads: one SFT step, one PPO iteration as the usual trainer runs it."""
import torch
import torch.nn.functional as functional

import gpt

MAX_NORM = 1.0


class Sft:
    """Rows × tokens, loss on every next token; clipped gradients; AdamW."""

    def __init__(self, mode, rows=16, length=128):
        self.model = gpt.Gpt(mode, seed=1000)
        self.optimizer = torch.optim.AdamW(self.model.parameters.values(), lr=1e-4, weight_decay=0.0, foreach=True)
        self.ids = gpt.tokens(1, rows, length)

    def run(self):
        model, ids = self.model, self.ids
        self.optimizer.zero_grad(set_to_none=True)
        with model.precision():
            w = model.weights()
            logits = model.logits(model.hidden(ids, w)[:, :-1], w)
        loss = functional.cross_entropy(logits.float().view(-1, gpt.VOCABULARY), ids[:, 1:].reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters.values(), MAX_NORM)
        self.optimizer.step()
        return loss.item()


class Generate:
    """Cached sampling of `new_tokens` after prompts of 32 tokens."""

    def __init__(self, mode, rows, new_tokens=64):
        self.model = gpt.Gpt(mode, seed=1000)
        self.prompts, self.new_tokens = gpt.tokens(2, rows, 32), new_tokens

    def run(self):
        _, logprobs = gpt.generate(self.model, self.prompts, self.new_tokens)
        return logprobs.mean().item()


class Ppo:
    """One iteration: rollout, scores, old log-probabilities and values recomputed, then epochs of minibatches.

    Logits are taken at every position, as the usual trainer does. Values come from a head on the policy's own trunk, or,
    with own_critic, from a model of their own. Reference and reward model are models of the same size."""

    ROWS, PROMPT, RESPONSE, MINIBATCH, EPOCHS = 64, 32, 64, 16, 4
    KL, GAMMA, LAMBDA, CLIP, VALUE_CLIP, VALUE_WEIGHT = 0.05, 1.0, 0.95, 0.2, 0.2, 0.1

    def __init__(self, mode, own_critic):
        self.policy, self.reference, self.reward = (gpt.Gpt(mode, seed) for seed in (1000, 1000, 2000))
        self.critic = gpt.Gpt(mode, 2000) if own_critic else None
        self.value_head = gpt.uniform(3000, (1, gpt.WIDTH), 0.02).requires_grad_()
        self.reward_head = gpt.uniform(3001, (1, gpt.WIDTH), 0.06)
        self.parameters = [*self.policy.parameters.values(), self.value_head]
        if own_critic:
            self.parameters += self.critic.parameters.values()
        self.optimizer = torch.optim.AdamW(self.parameters, lr=1e-5, weight_decay=0.0, foreach=True)
        self.prompts = gpt.tokens(3, self.ROWS, self.PROMPT)

    def logprobs(self, model, ids):
        """Log-probabilities of the response tokens (rows, R), and the hidden states (rows, T, D) they came from."""
        with model.precision():
            w = model.weights()
            hidden = model.hidden(ids, w)
            logits = model.logits(hidden, w)[:, :-1].float()
        logprobs = torch.log_softmax(logits, -1).gather(-1, ids[:, 1:, None]).squeeze(-1)
        return logprobs[:, self.PROMPT - 1 :], hidden

    def forward(self, ids):
        """Log-probabilities of the response tokens and the values before each, (rows, R) both."""
        logprobs, hidden = self.logprobs(self.policy, ids)
        if self.critic is not None:
            with self.critic.precision():
                hidden = self.critic.hidden(ids, self.critic.weights())
        values = functional.linear(hidden.float(), self.value_head).squeeze(-1)[:, :-1]
        return logprobs, values[:, self.PROMPT - 1 :]

    @torch.no_grad()
    def score(self, ids):
        """One number per row, from the last token."""
        with self.reward.precision():
            w = self.reward.weights()
            return functional.linear(self.reward.hidden(ids, w)[:, -1].float(), self.reward_head).squeeze(-1)

    @torch.no_grad()
    def judge(self, ids):
        logprobs, values, reference, scores = [], [], [], []
        for start in range(0, self.ROWS, self.MINIBATCH):
            rows = ids[start : start + self.MINIBATCH]
            old, value = self.forward(rows)
            logprobs.append(old)
            values.append(value)
            reference.append(self.logprobs(self.reference, rows)[0])
            scores.append(self.score(rows))
        return torch.cat(logprobs), torch.cat(values), torch.cat(reference), torch.cat(scores)

    @torch.no_grad()
    def advantages(self, rewards, values):
        result, last = torch.zeros_like(rewards), 0.0
        for t in reversed(range(self.RESPONSE)):
            following = values[:, t + 1] if t + 1 < self.RESPONSE else 0.0
            last = rewards[:, t] + self.GAMMA * following - values[:, t] + self.GAMMA * self.LAMBDA * last
            result[:, t] = last
        whitened = (result - result.mean()) * torch.rsqrt(result.var(unbiased=False) + 1e-8)
        return whitened, result + values

    def run(self):
        responses, _ = gpt.generate(self.policy, self.prompts, self.RESPONSE)
        ids = torch.cat([self.prompts, responses.clone()], 1)
        logprobs, values, reference, scores = self.judge(ids)
        rewards = -self.KL * (logprobs - reference)
        rewards[:, -1] += scores
        advantages, returns = self.advantages(rewards, values)
        for _ in range(self.EPOCHS):
            order = torch.randperm(self.ROWS)
            for start in range(0, self.ROWS, self.MINIBATCH):
                rows = order[start : start + self.MINIBATCH]
                self.update(ids[rows], logprobs[rows], values[rows], advantages[rows], returns[rows])
        return (logprobs - reference).mean().item()

    def update(self, ids, old, old_values, advantages, returns):
        self.optimizer.zero_grad(set_to_none=True)
        fresh, values = self.forward(ids)
        ratio = torch.exp(fresh - old)
        policy = torch.max(-advantages * ratio, -advantages * ratio.clamp(1 - self.CLIP, 1 + self.CLIP)).mean()
        near = torch.max(torch.min(values, old_values + self.VALUE_CLIP), old_values - self.VALUE_CLIP)
        value = 0.5 * torch.max((values - returns) ** 2, (near - returns) ** 2).mean()
        (policy + self.VALUE_WEIGHT * value).backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, MAX_NORM)
        self.optimizer.step()
