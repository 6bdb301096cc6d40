#include "emend_native.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/GradMode.h>
#include <malloc.h>
#include <torch/csrc/api/include/torch/version.h>

#include <cstring>
#include <exception>
#include <string>
#include <vector>

namespace {

thread_local std::string last_error;

struct Operator {
    c10::OperatorHandle handle;
    std::vector<bool> wants_real;  // arguments whose schema type is float: an integer is converted
};

template <typename Body>
auto guarded(Body body, decltype(body()) failure) noexcept -> decltype(body()) {
    try {
        return body();
    } catch (const c10::Error& error) {
        last_error = error.what_without_backtrace();
    } catch (const std::exception& error) {
        last_error = error.what();
    } catch (...) {
        last_error = "an unknown native failure";
    }
    return failure;
}

void* release(at::Tensor tensor) {
    return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr;
}

c10::Device device_of(int64_t code) {
    auto type = static_cast<c10::DeviceType>(code >> 8);
    return type == c10::DeviceType::CPU ? c10::Device(type) : c10::Device(type, static_cast<c10::DeviceIndex>(code & 0xff));
}

c10::IValue to_ivalue(const emend_value& value, bool wants_real) {
    switch (value.tag) {
        case EMEND_NONE: return {};
        case EMEND_TENSOR: return emend_borrow(value.pointer);
        case EMEND_INT: return wants_real ? c10::IValue(static_cast<double>(value.integer)) : c10::IValue(value.integer);
        case EMEND_DOUBLE: return value.real;
        case EMEND_BOOL: return value.integer != 0;
        case EMEND_STRING: return std::string(static_cast<const char*>(value.pointer), value.length);
        case EMEND_DEVICE: return device_of(value.integer);
        case EMEND_INT_LIST: {
            auto* first = static_cast<const int64_t*>(value.pointer);
            return std::vector<int64_t>(first, first + value.length);
        }
        case EMEND_DOUBLE_LIST: {
            auto* first = static_cast<const double*>(value.pointer);
            return std::vector<double>(first, first + value.length);
        }
        case EMEND_TENSOR_LIST: {
            auto* first = static_cast<void* const*>(value.pointer);
            c10::List<at::Tensor> list;
            list.reserve(value.length);
            for (int32_t i = 0; i < value.length; i++) list.push_back(emend_borrow(first[i]));
            return list;
        }
        case EMEND_OPTIONAL_TENSOR_LIST: {
            using Optional = decltype(std::declval<c10::IValue>().toOptional<at::Tensor>());
            auto* first = static_cast<void* const*>(value.pointer);
            c10::List<Optional> list;
            for (int32_t i = 0; i < value.length; i++)
                list.push_back(first[i] ? Optional(emend_borrow(first[i])) : Optional());
            return list;
        }
        default: throw std::invalid_argument("unknown argument tag " + std::to_string(value.tag));
    }
}

int32_t append_result(const c10::IValue& result, emend_value* results, int32_t count, int32_t capacity) {
    auto put = [&](int32_t tag, auto set) {
        if (count >= capacity) throw std::length_error("more results than the caller has room for");
        results[count].tag = tag;
        results[count].length = 0;
        set(results[count++]);
    };
    if (result.isTensor()) {
        put(EMEND_TENSOR, [&](emend_value& v) { v.pointer = release(result.toTensor()); });
    } else if (result.isTensorList()) {
        for (const at::Tensor& item : result.toTensorVector())
            put(EMEND_TENSOR, [&](emend_value& v) { v.pointer = release(item); });
    } else if (result.isInt()) {
        put(EMEND_INT, [&](emend_value& v) { v.integer = result.toInt(); });
    } else if (result.isDouble()) {
        put(EMEND_DOUBLE, [&](emend_value& v) { v.real = result.toDouble(); });
    } else if (result.isBool()) {
        put(EMEND_BOOL, [&](emend_value& v) { v.integer = result.toBool(); });
    } else if (!result.isNone()) {
        throw std::invalid_argument("a result of type " + result.tagKind() + " has no place in the C interface");
    }
    return count;
}

}  // namespace

EMEND_API const char* emend_error() { return last_error.c_str(); }

EMEND_API const char* emend_version() { return TORCH_VERSION; }

// Keeps freed blocks in the process: glibc otherwise maps and unmaps every large tensor, which costs page faults.
// Without effect under another allocator such as tcmalloc.
EMEND_API void emend_keep_freed_memory() {
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_TOP_PAD, 64 << 20);
}

EMEND_API void* emend_operator(const char* name, const char* overload) {
    return guarded([&]() -> void* {
        auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
        std::vector<bool> wants_real;
        for (const auto& argument : handle.schema().arguments()) {
            std::string type = argument.type()->str();
            wants_real.push_back(type == "float" || type == "float?");
        }
        return new Operator{handle, std::move(wants_real)};  // lives as long as the process
    }, nullptr);
}

// Returns the number of results, -1 on failure. Trailing arguments that are not given take the schema's defaults.
EMEND_API int32_t emend_call(void* op, const emend_value* arguments, int32_t count, emend_value* results, int32_t capacity) {
    return guarded([&]() -> int32_t {
        auto& self = *static_cast<Operator*>(op);
        const auto& schema = self.handle.schema().arguments();
        if (count > static_cast<int32_t>(schema.size()))
            throw std::invalid_argument("takes " + std::to_string(schema.size()) + " arguments, was given " + std::to_string(count));
        torch::jit::Stack stack;
        stack.reserve(schema.size());
        for (size_t i = 0; i < schema.size(); i++) {
            if (i < static_cast<size_t>(count) && arguments[i].tag != EMEND_DEFAULT) {
                stack.push_back(to_ivalue(arguments[i], self.wants_real[i]));
            } else if (schema[i].default_value()) {
                stack.push_back(*schema[i].default_value());
            } else {
                throw std::invalid_argument("argument '" + schema[i].name() + "' is missing");
            }
        }
        self.handle.callBoxed(&stack);
        int32_t written = 0;
        try {
            for (const auto& result : stack) written = append_result(result, results, written, capacity);
        } catch (...) {
            for (int32_t i = 0; i < written; i++)
                if (results[i].tag == EMEND_TENSOR) emend_adopt(results[i].pointer);
            throw;
        }
        return written;
    }, -1);
}

EMEND_API void emend_free(void* tensor) { c10::raw::intrusive_ptr::decref(static_cast<c10::TensorImpl*>(tensor)); }

EMEND_API int32_t emend_info(void* tensor, emend_tensor_info* info) {
    return guarded([&]() -> int32_t {
        auto* impl = static_cast<c10::TensorImpl*>(tensor);
        auto device = impl->device();
        info->dtype = static_cast<int32_t>(c10::typeMetaToScalarType(impl->dtype()));
        info->device = static_cast<int32_t>(device.type()) << 8 | (device.index() < 0 ? 0 : device.index());
        info->dimensions = static_cast<int32_t>(impl->dim());
        info->contiguous = impl->is_contiguous();
        info->elements = impl->numel();
        info->shape = impl->sizes().data();
        return 0;
    }, -1);
}

// Address of the first element. Only of use for a CPU tensor.
EMEND_API void* emend_data(void* tensor) {
    return guarded([&] { return emend_borrow(tensor).data_ptr(); }, nullptr);
}

EMEND_API void* emend_from_host(const void* data, int32_t dtype, const int64_t* shape, int32_t dimensions, int32_t device) {
    return guarded([&]() -> void* {
        auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
        at::Tensor host = at::empty(at::IntArrayRef(shape, dimensions), options);
        if (host.nbytes() > 0) std::memcpy(host.data_ptr(), data, host.nbytes());
        return release(host.to(device_of(device)));
    }, nullptr);
}

EMEND_API int32_t emend_to_host(void* tensor, void* data, int64_t bytes) {
    return guarded([&]() -> int32_t {
        at::Tensor host = emend_borrow(tensor).detach().to(at::kCPU).contiguous();
        if (static_cast<int64_t>(host.nbytes()) != bytes)
            throw std::length_error("holds " + std::to_string(host.nbytes()) + " bytes, the caller has room for " + std::to_string(bytes));
        if (bytes > 0) std::memcpy(data, host.data_ptr(), bytes);
        return 0;
    }, -1);
}

EMEND_API int32_t emend_require_gradient(void* tensor, int32_t required) {
    return guarded([&]() -> int32_t { emend_borrow(tensor).set_requires_grad(required != 0); return 0; }, -1);
}

EMEND_API int32_t emend_requires_gradient(void* tensor) {
    return guarded([&]() -> int32_t { return emend_borrow(tensor).requires_grad(); }, -1);
}

// The accumulated gradient with its own reference, or null where there is none (emend_error() is then empty).
EMEND_API void* emend_gradient(void* tensor) {
    last_error.clear();
    return guarded([&] { return release(emend_borrow(tensor).grad()); }, nullptr);
}

EMEND_API int32_t emend_set_gradient(void* tensor, void* gradient) {
    return guarded([&]() -> int32_t {
        emend_borrow(tensor).mutable_grad() = gradient ? emend_borrow(gradient) : at::Tensor();
        return 0;
    }, -1);
}

EMEND_API int32_t emend_gradients_recorded() { return c10::GradMode::is_enabled(); }
EMEND_API void emend_record_gradients(int32_t enabled) { c10::GradMode::set_enabled(enabled != 0); }
EMEND_API int32_t emend_threads() { return at::get_num_threads(); }
EMEND_API void emend_set_threads(int32_t threads) { at::set_num_threads(threads); }
EMEND_API void emend_seed(uint64_t seed) { at::manual_seed(seed); }
EMEND_API int32_t emend_has_cuda() { return at::hasCUDA(); }

// What libtorch says of itself: the processor features it uses and its BLAS.
EMEND_API const char* emend_description() {
    static thread_local std::string text;
    return guarded([&]() -> const char* {
        text = at::show_config() + "\n" + at::get_parallel_info();
        return text.c_str();
    }, static_cast<const char*>(""));
}
