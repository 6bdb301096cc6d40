# The environment libtorch should find when it loads; with a distribution's defaults the same training step is five to
# ten times slower (docs/decisions/0001). What the user has set stays as it is. Sourced by ../emend.

set_native_environment() {
    # The distribution's libtorch takes half of the cores (it assumes two threads per core), and its waiting threads spin.
    export OMP_NUM_THREADS="${OMP_NUM_THREADS:-$(nproc)}"
    export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-PASSIVE}"

    # OpenBLAS 0.3.21 falls back to SSE3 kernels, a quarter of the speed, on CPUs newer than itself.
    if has_cpu_flag avx512f; then
        export OPENBLAS_CORETYPE="${OPENBLAS_CORETYPE:-SkylakeX}"
        export ATEN_CPU_CAPABILITY="${ATEN_CPU_CAPABILITY:-avx512}"
    elif has_cpu_flag avx2; then
        export OPENBLAS_CORETYPE="${OPENBLAS_CORETYPE:-Haswell}"
    fi

    # With the pthread build of OpenBLAS two threads are slower than one: prefer the OpenMP build where both are installed.
    local folder
    for folder in /usr/lib/*/openblas-openmp; do
        if [[ -z ${LIBTORCH-} && -d $folder ]]; then
            export LD_LIBRARY_PATH="$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
        fi
    done

    # glibc gives every large tensor back to the kernel and pays page faults to get it again.
    local allocator
    if [[ -z ${LD_PRELOAD-} ]]; then
        for allocator in /usr/lib/*/libtcmalloc_minimal.so.4; do
            if [[ -e $allocator ]]; then
                export LD_PRELOAD="$allocator"
                break
            fi
        done
    fi
    if [[ -z ${LD_PRELOAD-} ]]; then
        export MALLOC_MMAP_THRESHOLD_="${MALLOC_MMAP_THRESHOLD_:-4294967296}"
        export MALLOC_TRIM_THRESHOLD_="${MALLOC_TRIM_THRESHOLD_:-17179869184}"
        export MALLOC_TOP_PAD_="${MALLOC_TOP_PAD_:-268435456}"
    fi
}

has_cpu_flag() { grep -qm 1 -w "$1" /proc/cpuinfo; }
