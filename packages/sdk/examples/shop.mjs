// A back end that its owner's agents call: a shop with shelves and orders. The two lines with `otas` record those calls.
import { otasMiddleware } from '@otas/sdk';
import express from 'express';

const stock = { bolts: 3, nuts: 250 };

const otas = otasMiddleware(); // with the key in OTAS_SDK_KEY
const app = express();
app.use(otas); // first, so that it sees bodies before anything reads them
app.use(express.json());

app.get('/stock/:item', (req, res) => {
  const { item } = req.params;
  if (!Object.hasOwn(stock, item)) return res.status(404).json({ error: `there are no ${item} here` });
  res.json({ item, count: stock[item] });
});

app.post('/orders', (req, res) => {
  const { item, count } = req.body;
  if (!(count > 0)) throw new Error('an order needs a count');
  res.status(201).json({ order: { item, count }, status: 'placed' });
});

app.use(otas.errors); // last, so that the record has what a handler threw; Express goes on with it as before

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`the shop is open on http://127.0.0.1:${server.address().port}`);
});
