#!/usr/bin/env bash
# The whole loop on one machine, offline: prompt v1 -> responses -> edits -> token reward model -> PPO -> served model -> A/B against v1 -> label moved.
# docs/loop.md explains every step. Run it from the root of the checkout; what it makes lies in RUN.
set -euo pipefail

EMEND=${EMEND:-./emend}                  # the command line
RUN=${RUN:-runs/loop}                    # folder to make
MODEL=${MODEL:-}                         # policy that answers; empty: the built-in world's is trained here
EDITS=${EDITS:-}                         # edits that people made and the studio exported; empty: a simulated annotator makes them
SEED=${SEED:-101}
TEXTS=${TEXTS:-12000}                    # what the built-in policy learns from
DEMONSTRATIONS=${DEMONSTRATIONS:-16000}
QUESTIONS=${QUESTIONS:-1500}             # responses that are edited
TEST_QUESTIONS=${TEST_QUESTIONS:-300}    # pairs of the A/B test, on facts that nothing was trained on
REWARD_STEPS=${REWARD_STEPS:-300}
UPDATES=${UPDATES:-30}                   # of PPO, of ROLLOUTS responses each
ROLLOUTS=${ROLLOUTS:-128}

SUITE=$(dirname "$0")/examples/manners.yaml
step() { printf '\n== %s\n' "$*"; }
field() { local line; IFS= read -r line || [ -n "$line" ]; line=${line#*\"$1\":}; line=${line%%[,\}]*}; line=${line#\"}; printf '%s\n' "${line%\"}"; }   # of the first line of JSON
STORE=(--data "$RUN/studio")

[ ! -e "$RUN" ] || { echo "$RUN is there already; remove it, or name another folder: RUN=... $0" >&2; exit 2; }
mkdir -p "$RUN"

step "A policy"
if [ -z "$MODEL" ]; then
    MODEL=$RUN/policy
    "$EMEND" world policy "$MODEL" --texts "$TEXTS" --demonstrations "$DEMONSTRATIONS" --seed 100
fi

step "Prompt v1, in production"
"$EMEND" project create loop --band-high 1 "${STORE[@]}"
version() { printf '{"template": "Customer: {{question}}\\nAssistant:\\n", "settings": {"model": "%s", "temperature": 1, "maxTokens": 90}}\n' "$1"; }
version "$MODEL" > "$RUN/v1.json"
"$EMEND" prompt add support "$RUN/v1.json" --note "the assistant as it was trained" "${STORE[@]}"
"$EMEND" prompt label support production 1 --reason "the first version" "${STORE[@]}"

step "Responses, each with its version, model, settings and seed"
"$EMEND" world prompts --split train --count "$QUESTIONS" --seed "$SEED" --question > "$RUN/questions.jsonl"
"$EMEND" prompt run support production --vars "$RUN/questions.jsonl" --seed 1000 --items "$RUN/items.jsonl" --json "${STORE[@]}" > "$RUN/responses.jsonl"
FIRST=$(field id < "$RUN/responses.jsonl")
"$EMEND" reproduce "$FIRST" "${STORE[@]}"

step "Edits"
"$EMEND" project import "$RUN/items.jsonl" "${STORE[@]}"
if [ -z "$EDITS" ]; then
    EDITS=$RUN/edits.jsonl
    "$EMEND" world annotate --seed "$SEED" "${STORE[@]}"          # people open the same items in emend studio
    "$EMEND" project export edits --output "$EDITS" "${STORE[@]}"
fi
"$EMEND" edits stats "$EDITS"

step "A reward for every token"
cat > "$RUN/reward.yaml" <<RECIPE
about: The loop's reward model, from edits alone, measured on responses of the policy that PPO starts from.
data: {format: editRows}
calibration: {policy: "$(realpath "$MODEL")", maxNewTokens: 90}
options: {steps: $REWARD_STEPS, batchSize: 32, learningRate: 1e-3, seed: $SEED}
RECIPE
"$EMEND" train token-reward "$RUN/reward.yaml" --model "$MODEL" --data "$EDITS" --output "$RUN/reward"

step "PPO with a reward on every token"
cat > "$RUN/ppo.yaml" <<RECIPE
about: The loop's policy.
data: {format: editRows}
options: {updates: $UPDATES, rolloutBatch: $ROLLOUTS, minibatchSize: $((ROLLOUTS / 2)), learningRate: 1.5e-4, klCoefficient: 0.2, placement: everyToken, maxNewTokens: 90, seed: $SEED}
RECIPE
"$EMEND" train ppo "$RUN/ppo.yaml" --model "$MODEL" --reward "$RUN/reward" --data "$EDITS" --output "$RUN/ppo"

step "The new model, served"
"$EMEND" serve --model "$RUN/ppo" --reward "$RUN/reward" --name support-ppo --url http://127.0.0.1:0 --json > "$RUN/serving.json" 2> "$RUN/serving.log" &
SERVER=$!
trap 'kill "$SERVER" 2> /dev/null || true; wait "$SERVER" 2> /dev/null || true' EXIT
until [ -s "$RUN/serving.json" ]; do
    kill -0 "$SERVER" 2> /dev/null || { cat "$RUN/serving.log" >&2; exit 1; }
    sleep 0.2
done
URL=$(grep -o 'http://[^"]*' "$RUN/serving.json")
curl -fsS "$URL/v1/models"
echo

step "Version 2: the same prompt, asked of the new model"
version support-ppo > "$RUN/v2.json"
"$EMEND" prompt add support "$RUN/v2.json" --note "after PPO on the edits" "${STORE[@]}"

step "A/B against v1, on questions about facts that nothing was trained on"
"$EMEND" world prompts --split test --count "$TEST_QUESTIONS" --seed "$SEED" --question > "$RUN/test.jsonl"
"$EMEND" prompt run support 1 --vars "$RUN/test.jsonl" --seed 5000 --json "${STORE[@]}" > "$RUN/responses-v1.jsonl"
"$EMEND" prompt run support 2 --vars "$RUN/test.jsonl" --seed 5000 --url "$URL/v1" --json "${STORE[@]}" > "$RUN/responses-v2.jsonl"
"$EMEND" reproduce "$(field id < "$RUN/responses-v2.jsonl")" --model "$RUN/ppo" "${STORE[@]}"     # the server says what the folder says, byte for byte
"$EMEND" prompt pairs support 1 2 --output "$RUN/pairs.jsonl" "${STORE[@]}"
"$EMEND" world vote "$RUN/pairs.jsonl" --output "$RUN/votes.jsonl" --seed "$SEED"
"$EMEND" ab "$RUN/votes.jsonl"
"$EMEND" ab "$RUN/votes.jsonl" --json > "$RUN/ab.json"
VERDICT=$(field verdict < "$RUN/ab.json")
RATE=$(LC_ALL=C printf %.1f "$(field rate < "$RUN/ab.json")")
"$EMEND" prompt metric support 2 ab:win-rate "$RATE" --source "A/B against version 1, simulated votes" --sample-size "$TEST_QUESTIONS" "${STORE[@]}"

step "A suite against both versions: a metric of each, and the tag passes:manners where all cases pass"
"$EMEND" suite run "$SUITE" --stored support@1 --model "$MODEL" --output "$RUN/suite-v1.jsonl" "${STORE[@]}" || [ $? = 1 ]      # 1: a case does not pass
"$EMEND" suite run "$SUITE" --stored support@2 --url "$URL/v1" --model support-ppo --output "$RUN/suite-v2.jsonl" "${STORE[@]}" || [ $? = 1 ]

step "The label"
if [ "$VERDICT" = win ]; then
    "$EMEND" prompt label support production 2 --at 1 --reason "A/B against version 1: $VERDICT, $RATE % of $TEST_QUESTIONS votes" "${STORE[@]}"
else
    echo "production stays at version 1: $VERDICT"
fi

step "What happened"
"$EMEND" prompt log support "${STORE[@]}"
"$EMEND" verify "${STORE[@]}"
