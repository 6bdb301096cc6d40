"""Runs a named workload once per request: {"workload": "sft", "mode": "bfloat16"} in, {"seconds": …, "check": …} out."""
import json
import sys
import time

import torch

import training

WORKLOADS = {
    "sft": training.Sft,
    "generate-1": lambda mode: training.Generate(mode, 1),
    "generate-16": lambda mode: training.Generate(mode, 16),
    "generate-64": lambda mode: training.Generate(mode, 64),
    "ppo": lambda mode: training.Ppo(mode, own_critic=False),
    "ppo-critic": lambda mode: training.Ppo(mode, own_critic=True),
}


def main():
    torch.manual_seed(1)
    ready = {}
    for line in sys.stdin:
        request = json.loads(line)
        key = (request["workload"], request["mode"])
        if key not in ready:
            ready[key] = WORKLOADS[key[0]](key[1])
        start = time.perf_counter()
        check = ready[key].run()
        print(json.dumps({"seconds": time.perf_counter() - start, "check": check}), flush=True)


if __name__ == "__main__":
    main()
