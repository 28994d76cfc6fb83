import express from 'express';

/** The yardstick: what bare Express 5 does with the same requests and no work at all. */
const app = express();
app.use(express.json());
app.post('/orders', (request, response) => {
  response.status(201).json(request.body);
});
app.get('/orders/:id', (request, response) => {
  response.json({
    id: request.params.id,
    customer_id: 'customer-123',
    product_id: 'product-456',
    quantity: 2,
    total_amount: 99.99,
    status: 'pending',
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.000Z',
  });
});
app.listen(Number(process.env['SERVICE_PORT']), '127.0.0.1');
