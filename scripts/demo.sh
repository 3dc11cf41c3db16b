#!/bin/sh
# What `make demo` shows: every shipped design judged in a real jail, one refused design per
# stage with its feedback, and a short search. Fails when anything ends otherwise than expected.
set -u
cd "$(dirname "$0")/.."
gate=.venv/bin/alma-safe
assets=tests/assets

expect() {
    wanted=$1
    shift
    "$gate" verify "$@"
    got=$?
    if [ "$got" -ne "$wanted" ]; then
        echo "error: alma-safe verify $* ended with $got, expected $wanted" >&2
        exit 1
    fi
}

echo "== Every design of designs/ through all four stages, in a real nsjail"
expect 0 --jobs 2 designs

for sample in \
    "static:$assets/hostile/import_private_random_os.py" \
    "types:$assets/buggy/missing_await_on_layer.py" \
    "properties:$assets/buggy/keyerror_none_on_empty_memory.py" \
    "execution:$assets/buggy/llm_rerank_of_every_entry.py"
do
    echo
    echo "== Refused by the stage ${sample%%:*}"
    expect 1 "${sample#*:}"
done

echo
echo "== A search without a key: Baba Is AI, five designs to begin with, four steps"
run=runs/demo
rm -rf "$run"
"$gate" search --domain babaisai --run "$run" --sampler scaled --steps 4 --seed 7 \
    --seeds designs/induced_rules.py designs/affordance_graph.py designs/risk_table.py \
    designs/trajectory_retrieval.py designs/markov_transitions.py || exit 1
"$gate" report "$run" --output "$run/report.html" || exit 1
