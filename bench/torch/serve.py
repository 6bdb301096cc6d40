"""Runs a named workload once per request: {"workload": "sft", "mode": "bfloat16"} in, {"seconds": …, "processor": …, "check": …} out.

"processor" is the processor time of all threads: what the seconds would be on one quiet core."""
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
        start, processor = time.perf_counter(), time.process_time()
        check = ready[key].run()
        answer = {"seconds": time.perf_counter() - start, "processor": time.process_time() - processor, "check": check}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
