# What Emend needs on a machine, found or installed, and the build, done once.
# Sourced by ../emend, which sets $here (the root of the checkout). Says what it does on stderr; stdout belongs to the command.

cli=src/Emend.Cli/bin/Release/net10.0/emend.dll
library=native/build/libemend_native.so
log="$here/build/setup.log"
build_tools=(g++ cmake make)
distribution_packages=(libtorch-dev libopenblas0-openmp libtcmalloc-minimal4 libdnnl-dev)

say() { printf 'emend: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# A command whose output nobody wants unless it fails. File descriptor 9 is the build lock: a child that
# outlives us (a compiler server) must not keep it.
quietly() {
    printf '\n$ %s\n' "$*" >>"$log"
    "$@" >>"$log" 2>&1 </dev/null 9>&-
}

find_dotnet() {
    local candidate
    for candidate in "${DOTNET_ROOT:+$DOTNET_ROOT/dotnet}" "$(command -v dotnet || true)" "$HOME/.dotnet/dotnet"; do
        if [[ -n $candidate && -x $candidate ]]; then
            dotnet=$candidate
            return
        fi
    done
    fail "the .NET SDK 10 is missing. Install it from https://dotnet.microsoft.com/download/dotnet/10.0 (or set DOTNET_ROOT to its folder) and run this again."
}

check_sdk() {
    local newest
    newest=$("$dotnet" --list-sdks | sed 's/ .*//' | sort -V | tail -n 1)
    [[ -n $newest ]] || fail "$dotnet has no SDK, only a runtime; Emend is built on first use and needs the .NET SDK 10: https://dotnet.microsoft.com/download/dotnet/10.0"
    (( ${newest%%.*} >= 10 )) || fail "the newest .NET SDK here is $newest; Emend needs 10 or later: https://dotnet.microsoft.com/download/dotnet/10.0"
}

# Sets $libtorch to the folder that holds lib/libtorch_cpu.so, or to nothing when the distribution's packages are used.
find_libtorch() {
    libtorch=""
    [[ -n ${LIBTORCH-} ]] || return 0
    local folder
    for folder in "$LIBTORCH" "$LIBTORCH/torch" "$LIBTORCH/libtorch"; do
        if [[ -e $folder/lib/libtorch_cpu.so && -d $folder/include ]]; then
            libtorch=$(readlink -f -- "$folder")
            return
        fi
    done
    fail "LIBTORCH is $LIBTORCH, but no lib/libtorch_cpu.so and include/ are there; give an unpacked libtorch or the torch folder of a pip installation, or unset it."
}

# Names of what the native build needs and this machine lacks. A libtorch of one's own brings its libraries with it.
missing_packages() {
    local name
    for name in "${build_tools[@]}"; do
        command -v "$name" >/dev/null || printf '%s\n' "$name"
    done
    [[ -z $libtorch ]] || return 0
    for name in "${distribution_packages[@]}"; do
        installed "$name" || printf '%s\n' "$name"
    done
}

installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

install_missing() {
    local missing
    mapfile -t missing < <(missing_packages)
    (( ${#missing[@]} )) || return 0

    local -a as_root=()
    if ! command -v apt-get >/dev/null; then
        fail "missing: ${missing[*]}. This is no Debian or Ubuntu, so install the like of them yourself, or set LIBTORCH to a libtorch folder (https://pytorch.org/get-started/locally, C++) and have g++, cmake and make in PATH."
    fi
    find_root || fail "missing: ${missing[*]}. Run: sudo apt-get install --no-install-recommends ${missing[*]}"

    say "installing ${missing[*]} with apt-get: libtorch is the engine, the others build and speed up the door to it (a minute or two; log: $log)"
    quietly "${as_root[@]}" apt-get update || say "apt-get update failed; trying with the package lists as they are"
    quietly "${as_root[@]}" apt-get install -y --no-install-recommends "${missing[@]}" ||
        fail "apt-get could not install ${missing[*]} (last line: $(tail -n 1 "$log")); the whole log is $log"
}

# Sets $as_root to what goes before a command of root's; fails where one would have to type a password.
find_root() {
    as_root=(env DEBIAN_FRONTEND=noninteractive)
    [[ $(id -u) != 0 ]] || return 0
    as_root=(sudo -n "${as_root[@]}")
    command -v sudo >/dev/null && sudo -n true 2>/dev/null
}

# One line that changes whenever a source of the native library or the libtorch under it does.
native_fingerprint() {
    { fingerprint_of native; printf '%s\n' "${LIBTORCH-}"; readlink -f "${LIBTORCH:-/usr/lib}"/lib*/libtorch_cpu.so /usr/lib/*/libtorch_cpu.so || true; } 2>/dev/null | sha256sum
}

managed_fingerprint() { fingerprint_of src Directory.Build.props Directory.Packages.props global.json | sha256sum; }

fingerprint_of() {
    (cd "$here" && find "$@" \( -name bin -o -name obj -o -path native/build \) -prune -o -type f -printf '%p %T@ %s\n' | LC_ALL=C sort)
}

stamped() { [[ -e $here/$1 && -e $here/build/$2 && $(<"$here/build/$2") == "$3" ]]; }

build_native() {
    local fingerprint
    fingerprint=$(native_fingerprint)
    if stamped "$library" native.stamp "$fingerprint"; then return 0; fi
    install_missing
    say "building the native library (half a minute, once)"
    rm -f "$here/build/native.stamp"
    quietly cmake -S "$here/native" -B "$here/native/build" -DCMAKE_BUILD_TYPE=Release "-DLIBTORCH=$libtorch" &&
        quietly cmake --build "$here/native/build" --parallel ||
        fail "the native library could not be built: $(grep -m 1 -iE 'error' "$log" || tail -n 1 "$log"); the whole log is $log"
    printf '%s' "$fingerprint" >"$here/build/native.stamp"
}

build_managed() {
    local fingerprint
    fingerprint=$(managed_fingerprint)
    if stamped "$cli" managed.stamp "$fingerprint"; then return 0; fi
    check_sdk
    say "building the command line (half a minute, once)"
    rm -f "$here/build/managed.stamp"
    quietly "$dotnet" build "$here/src/Emend.Cli" -c Release -nologo -v quiet -nodeReuse:false ||
        fail "the command line could not be built: $(grep -m 1 -E 'error' "$log" || tail -n 1 "$log"); the whole log is $log"
    printf '%s' "$fingerprint" >"$here/build/managed.stamp"
}

# Everything a command needs. Nothing to do takes a few hundredths of a second; several first runs at once wait for one build.
set_up_once() {
    find_dotnet
    find_libtorch
    if stamped "$library" native.stamp "$(native_fingerprint)" && stamped "$cli" managed.stamp "$(managed_fingerprint)"; then
        return
    fi
    mkdir -p "$here/build"
    (
        flock 9
        : >"$log"
        build_native
        build_managed
    ) 9>"$here/build/lock"
}
