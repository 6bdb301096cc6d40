// A node of the autograd graph whose backward pass is a function pointer: the hook for fused kernels written in C#.
#include "emend_native.h"

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/variable.h>

#include <memory>
#include <stdexcept>
#include <vector>

namespace {

using torch::autograd::variable_list;

struct CallbackNode final : torch::autograd::Node {
    emend_backward_function backward = nullptr;
    emend_release_function release = nullptr;
    void* context = nullptr;
    int32_t inputs = 0;

    variable_list apply(variable_list&& gradients) override {
        std::vector<void*> given, results(inputs, nullptr);
        for (const auto& gradient : gradients)
            given.push_back(gradient.defined() ? gradient.unsafeGetTensorImpl() : nullptr);
        bool failed = backward(context, given.data(), given.size(), results.data(), inputs) != 0;
        variable_list answer;
        for (void* result : results) answer.push_back(emend_adopt(result));
        if (failed) throw std::runtime_error("a backward kernel written in C# failed");
        return answer;
    }

    ~CallbackNode() override { release(context); }
};

}  // namespace

// Makes `output` a function of `inputs`. `backward` receives the gradient of the output and fills one owned handle (or
// null) for each input. `release` is called exactly once, when the graph no longer needs the context, also on failure.
// Returns 0, or -1 if the node could not be made.
EMEND_API int32_t emend_attach(void* output, void** inputs, int32_t count, emend_backward_function backward,
                               emend_release_function release, void* context) {
    std::shared_ptr<CallbackNode> node;
    try {
        node = std::shared_ptr<CallbackNode>(new CallbackNode(), torch::autograd::deleteNode);
        node->backward = backward;
        node->release = release;
        node->context = context;
        node->inputs = count;
        for (int32_t i = 0; i < count; i++)
            node->add_next_edge(torch::autograd::impl::gradient_edge(emend_borrow(inputs[i])));
        at::Tensor result = emend_borrow(output);
        torch::autograd::set_history(result, node);
        return 0;
    } catch (...) {
        if (!node) release(context);
        return -1;
    }
}
