# ./emend test [FILTER]: the check that decides whether a change may land. Sourced by ../emend after setup.sh and environment.sh.
# Exit code 0 only if the format is clean, everything builds without a warning, and at least one test ran and none failed.

projects=(Emend.UnitTests Emend.RecipeTests Emend.StudioTests Emend.ServingTests Emend.JudgingTests Emend.EndToEndTests)
minutes_per_project=25

run_tests() {
    (( $# <= 1 )) || { say "usage: ./emend test [FILTER], where FILTER is a part of the tests' full names"; exit 2; }
    local filter=${1-}
    find_dotnet
    find_libtorch
    mkdir -p "$here/build"
    {
        flock 9
        : >"$log"
        build_native
        build_everything
        install_postgres
        install_chromium
    } 9>"$here/build/lock"
    local formatted=yes
    [[ -n $filter ]] || check_format || formatted=no
    set_native_environment
    export MSBUILDDISABLENODEREUSE=1

    local project report passed=0 failed=0 skipped=0
    for project in "${projects[@]}"; do
        report="$here/build/$project.xml"
        run_project "$project" "$report" "$filter"
        add_up "$project" "$report"
    done
    list_skipped
    [[ $formatted == yes ]] || say "this check fails because the format is not clean (see above): run dotnet format"
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [[ $formatted == yes ]] && (( failed == 0 && passed > 0 ))
}

# Builds what the command line builds too, so that ./emend needs no second build afterwards.
build_everything() {
    check_sdk
    local fingerprint
    fingerprint=$(managed_fingerprint)
    say "building everything, warnings are errors"
    rm -f "$here/build/managed.stamp"
    quietly "$dotnet" build "$here/Emend.slnx" -c Release -nologo -v quiet -warnaserror -nodeReuse:false || {
        grep -E '(error|warning) ' "$log" | sort -u | head -n 40 >&2 || true
        fail "the build failed; the whole log is $log"
    }
    printf '%s' "$fingerprint" >"$here/build/managed.stamp"
}

# The studio's tests run on SQLite and on PostgreSQL.
install_postgres() {
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || install_for_tests postgresql "the studio's tests on PostgreSQL"
}

# The studio's pages are tested in a real browser.
install_chromium() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || install_for_tests chromium "the tests of the studio's pages"
}

# Where a program can neither be found nor installed, the tests that need it are skipped and say so.
install_for_tests() {
    local package=$1 tests=$2
    local -a as_root=()
    if ! command -v apt-get >/dev/null || ! find_root; then
        say "$package is missing and cannot be installed here; $tests will be skipped (Debian: apt-get install $package)"
        return
    fi
    say "installing $package with apt-get, for $tests (log: $log)"
    quietly "${as_root[@]}" apt-get update || say "apt-get update failed; trying with the package lists as they are"
    quietly "${as_root[@]}" apt-get install -y --no-install-recommends "$package" ||
        say "apt-get could not install $package (last line: $(tail -n 1 "$log")); $tests will be skipped"
}

check_format() {
    say "checking the format"
    quietly "$dotnet" format "$here/Emend.slnx" --verify-no-changes --no-restore --verbosity quiet || {
        grep -E '(error|warning) ' "$log" | sort -u | head -n 40 >&2 || true
        say "the format is not clean: run dotnet format; the whole log is $log"
        return 1
    }
}

run_project() {
    local project=$1 report=$2 filter=$3
    local -a selection=()
    [[ -z $filter ]] || selection=(-method "*$filter*")
    rm -f "$report"
    say "running $project"
    timeout --foreground "${minutes_per_project}m" \
        "$dotnet" "$here/tests/$project/bin/Release/net10.0/$project.dll" \
        -noLogo -noColor -xml "$report" "${selection[@]}" </dev/null || true
}

# Counts come from the report's closing attributes, not from the text on screen; a run without a report is a crash and a failure.
add_up() {
    local project=$1 report=$2 head
    if ! head=$(grep -m 1 -o '<assembly [^>]*>' "$report" 2>/dev/null); then
        say "$project ended without a report: it crashed or took more than $minutes_per_project minutes"
        failed=$((failed + 1))
        return
    fi
    passed=$((passed + $(attribute passed "$head")))
    failed=$((failed + $(attribute failed "$head") + $(attribute errors "$head")))
    skipped=$((skipped + $(attribute skipped "$head")))
}

attribute() { sed -nE "s/.* $1=\"([0-9]+)\".*/\1/p" <<<"$2"; }

# One line for each reason, with the number of tests that gave it.
list_skipped() {
    local reasons
    reasons=$(cd "$here/build" && cat -- "${projects[@]/%/.xml}" 2>/dev/null | grep -o '<reason><!\[CDATA\[[^]]*' | sed 's/.*CDATA\[//' | sort | uniq -c | sort -rn || true)
    [[ -z $reasons ]] || printf 'skipped:\n%s\n' "$reasons"
}
