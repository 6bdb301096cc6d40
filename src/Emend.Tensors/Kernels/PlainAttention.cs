namespace Emend.Tensors;

/// <summary>The same attention in ATen's operators, for devices that the kernel does not reach; the test of the kernel too.</summary>
internal static class PlainAttention
{
    public static Tensor Run(Tensor joined, AttentionShape shape, RotaryAngles? angles)
    {
        (long rows, long columns, long heads, long groups, long size) = (shape.Rows, shape.Columns, shape.Heads, shape.Groups, shape.Size);
        Tensor all = joined.Reshape(rows, columns, heads + 2 * groups, size);
        Tensor turned = all.Narrow(2, 0, heads + groups);
        if (angles is not null)
            turned = Turn(turned, Table(angles.Cosines, shape, joined), Table(angles.Sines, shape, joined));
        Tensor q = turned.Narrow(2, 0, heads).Reshape(rows, columns, groups, heads / groups, size).Permute(0, 2, 3, 1, 4)
            .Reshape(rows * groups, heads / groups * columns, size);
        Tensor k = turned.Narrow(2, heads, groups).Permute(0, 2, 3, 1).Reshape(rows * groups, size, columns);
        Tensor v = all.Narrow(2, heads + groups, groups).Transpose(1, 2).Reshape(rows * groups, columns, size);
        // −∞ above the diagonal, once per query head that shares a key head: its queries are stacked as rows of one product.
        Tensor future = Tensor.Full([columns, columns], double.NegativeInfinity, DType.Float32, joined.Device).UpperTriangle(1).To(joined.DType);
        Tensor mask = future.Unsqueeze(0).Expand(heads / groups, columns, columns).Reshape(1, heads / groups * columns, columns);
        Tensor mixed = mask.AddBatchMatMul(q, k, 1, shape.Scale).Softmax(-1).BatchMatMul(v);
        return mixed.Reshape(rows, groups, heads / groups, columns, size).Permute(0, 3, 1, 2, 4).Reshape(rows, columns, heads * size);
    }

    private static Tensor Table(float[] values, AttentionShape shape, Tensor like)
    {
        int half = shape.Size / 2;
        return Tensor.From<float>(values.AsSpan(0, shape.Columns * half), [1, shape.Columns, 1, half], like.Device).To(like.DType);
    }

    private static Tensor Turn(Tensor x, Tensor cosines, Tensor sines)
    {
        long half = x.Size(-1) / 2;
        Tensor first = x.Narrow(-1, 0, half), second = x.Narrow(-1, half, half);
        return Tensor.Cat([first * cosines - second * sines, second * cosines + first * sines], -1);
    }
}
