-- Orders and what happens to them.
CREATE TABLE shop.orders (
    id bigint PRIMARY KEY,
    customer text NOT NULL,
    total numeric(10, 2) -- with tax
);

CREATE INDEX orders_customer_idx ON shop.orders (customer);

-- Orders that were not paid yet.
CREATE VIEW open_orders AS
SELECT id, customer FROM shop.orders WHERE total > 0;

/* Adds tax to an order. */
CREATE OR REPLACE FUNCTION shop.add_tax(order_id bigint, rate numeric DEFAULT 0.19)
RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
    result numeric;
BEGIN
    UPDATE shop.orders SET total = round(total * (1 + rate), 2) WHERE id = order_id RETURNING total INTO result;
    PERFORM pg_notify('orders', order_id::text);
    RETURN result;
END
$$;

CREATE FUNCTION order_count() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM shop.orders $$;

CREATE TYPE mood AS ENUM ('sad', 'happy');

INSERT INTO shop.orders VALUES (1, 'Ada', 10.50);
