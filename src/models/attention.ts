import { matmul, mul, reshape, sizeOf, softmax, split, transpose, type Tensor } from "../tensor/index.js";

/**
 * What positions see in each other: softmax(q k / sqrt(size)) v in each head (Vaswani et al. 2017, equation 1). Queries, keys and values lie one after the other in
 * [batch, 3 channels, ...positions], and in each of them the heads, which the channels divide into -> [batch, channels, ...positions].
 */
export function selfAttention(projected: Tensor, heads: number): Tensor {
  const [batch, tripled, ...positions] = projected.shape;
  const [channels, size] = [tripled / 3, tripled / 3 / heads];
  const [q, k, v] = split(projected, [channels, channels, channels], 1).map((part) => reshape(part, [batch, heads, size, sizeOf(positions)]));
  const weights = softmax(mul(matmul(transpose(q), k), 1 / Math.sqrt(size)));
  return reshape(matmul(v, transpose(weights)), [batch, channels, ...positions]);
}
