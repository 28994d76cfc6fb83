import { z } from 'zod';
import { defineExternalEvent } from './define-event';
import { externalForm } from './fields';
import { signedAmount } from './money';

/** Products as other programs tell of them. */
export const externalProduct = externalForm('ExternalProduct', {
  product_id: z.string(),
  name: z.string(),
  category: z.string(),
  price: signedAmount,
  currency: z.string(),
  stock: z.int(),
  status: z.string(),
  action: z.string(),
});

const defineProduct = <const Name extends string>(name: Name, summary: string) =>
  defineExternalEvent({ name, summary, data: externalProduct });

export const productCreated = defineProduct('product.created', 'A product entered the catalogue.');
export const productUpdated = defineProduct('product.updated', 'Something about a product changed.');
export const productDeleted = defineProduct('product.deleted', 'A product left the catalogue.');
export const productStockLow = defineProduct('product.stock_low', 'A product is about to run out.');
export const productOutOfStock = defineProduct('product.out_of_stock', 'A product ran out.');

export const productEvents = [
  productCreated,
  productUpdated,
  productDeleted,
  productStockLow,
  productOutOfStock,
] as const;
