// The door to libtorch: plain C functions over the boxed dispatcher. No logic of the project lives here.
//
// Every function that can fail returns a status (0 or a count, -1 for failure) or a null pointer; the message of the
// last failure on the calling thread is read with emend_error(). No C++ exception crosses this border.
#pragma once
#include <ATen/ATen.h>

#include <cstdint>

#define EMEND_API extern "C" __attribute__((visibility("default")))

// One argument or result of an operator. 16 bytes, mirrored by Argument in Emend.Tensors.
enum emend_tag : int32_t {
    EMEND_NONE = 0, EMEND_TENSOR = 1, EMEND_INT = 2, EMEND_DOUBLE = 3, EMEND_BOOL = 4, EMEND_INT_LIST = 5,
    EMEND_DOUBLE_LIST = 6, EMEND_TENSOR_LIST = 7, EMEND_OPTIONAL_TENSOR_LIST = 8, EMEND_STRING = 9, EMEND_DEVICE = 10,
    EMEND_DEFAULT = 11,
};

struct emend_value {
    int32_t tag;
    int32_t length;  // elements of a list, bytes of a string
    union {
        int64_t integer;  // a device is (type << 8 | index)
        double real;
        void* pointer;
    };
};

struct emend_tensor_info {
    int32_t dtype;
    int32_t device;  // (type << 8 | index)
    int32_t dimensions;
    int32_t contiguous;
    int64_t elements;
    const int64_t* shape;  // valid while the tensor lives and keeps its shape
};

typedef int32_t (*emend_backward_function)(void* context, void** gradients, int32_t outputs, void** results, int32_t inputs);
typedef void (*emend_release_function)(void* context);

// A borrowed handle becomes a counted reference: the caller keeps its own.
inline at::Tensor emend_borrow(void* handle) {
    auto* impl = static_cast<c10::TensorImpl*>(handle);
    c10::raw::intrusive_ptr::incref(impl);
    return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(impl));
}

// The reference that a handle holds passes to the tensor; null is the undefined tensor.
inline at::Tensor emend_adopt(void* handle) {
    using Pointer = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;
    return handle ? at::Tensor(Pointer::reclaim(static_cast<c10::TensorImpl*>(handle))) : at::Tensor();
}
