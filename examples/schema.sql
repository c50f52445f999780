-- What both consumers write, and the rule by which they do.

CREATE TABLE orders (
    id          text PRIMARY KEY,
    sequence    bigint NOT NULL,        -- of the last event taken
    state       text NOT NULL,
    buyer       text NOT NULL,
    placed_at   timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,   -- when that event was made
    body        json NOT NULL           -- as published; jsonb would refuse
);                                      -- "\u0000" and 1e999999 in metadata

CREATE TABLE items (
    order_id    text NOT NULL REFERENCES orders,
    sku         text NOT NULL,
    quantity    bigint NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, sku)
);

CREATE INDEX ON items (sku);

CREATE TABLE stock (
    sku         text PRIMARY KEY,
    version     bigint NOT NULL,        -- of its slot; the highest counts
    total       bigint NOT NULL,
    changed_at  timestamptz NOT NULL,
    body        json NOT NULL
);

-- What is sold: of each SKU the quantity of the live orders.

CREATE VIEW sold AS
    SELECT i.sku, sum(i.quantity)::bigint AS quantity
    FROM items i JOIN orders o ON o.id = i.order_id
    WHERE o.state IN ('placed', 'paid', 'delivered')
    GROUP BY i.sku;


-- An event as a consumer hands it over.  One of a type it does not know has no
-- state: its sequence counts, and that is all.

CREATE DOMAIN trade_id AS text CHECK (value ~ '^[A-Za-z0-9_.:-]{1,64}$');

-- SKUs and buyer ids: UTF-8 without control characters or blanks around it.

CREATE DOMAIN trade_name AS text CHECK (
    octet_length(value) BETWEEN 1 AND 255
    AND value !~ '[\u0001-\u001f\u007f-\u009f]' AND value !~ '^ | $');

CREATE DOMAIN trade_time AS text        -- timestamptz would take 'yesterday'
    CHECK (value ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$');

CREATE TYPE event AS (
    id          trade_id,
    sequence    bigint,
    changed_at  trade_time,
    body        text,
    state       text,                   -- of an order, with what follows
    buyer       trade_name,
    placed_at   trade_time,
    items       json,
    sku         trade_name,             -- of a change of stock
    version     bigint,
    total       bigint
);


-- taken; copy: seen before; gap ...: an earlier event has not been seen, and
-- nothing has changed.

CREATE FUNCTION take_order(e event) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    last bigint;
BEGIN
    IF e.sequence = 1 AND e.state IS NOT NULL THEN
        INSERT INTO orders VALUES (e.id, 1, e.state, e.buyer,
            e.placed_at::timestamptz, e.changed_at::timestamptz,
            e.body::json)
        ON CONFLICT (id) DO NOTHING;

        IF NOT FOUND THEN
            RETURN 'copy';
        END IF;

        INSERT INTO items
            SELECT e.id, i.sku, i.quantity
            FROM json_to_recordset(e.items)
                AS i(sku trade_name, quantity bigint);

        RETURN 'taken';
    END IF;

    SELECT sequence INTO last FROM orders WHERE id = e.id FOR UPDATE;

    IF e.sequence <= last THEN
        RETURN 'copy';
    END IF;

    IF last IS NULL OR e.sequence > last + 1 THEN
        RETURN format('gap: sequence %s of order %s comes after %s',
            e.sequence, e.id, coalesce(last, 0));
    END IF;

    UPDATE orders SET sequence = e.sequence,
        changed_at = e.changed_at::timestamptz,
        state = coalesce(e.state, state),
        body = coalesce(e.body::json, body)
    WHERE id = e.id;

    RETURN 'taken';
END $$;


-- taken; copy: that change, or a later one, has been seen.

CREATE FUNCTION take_stock(e event) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stock VALUES (e.sku, e.version, e.total,
        e.changed_at::timestamptz, e.body::json)
    ON CONFLICT (sku) DO UPDATE SET version = excluded.version,
        total = excluded.total, changed_at = excluded.changed_at,
        body = excluded.body
    WHERE stock.version < excluded.version;

    RETURN CASE WHEN FOUND THEN 'taken' ELSE 'copy' END;
END $$;


-- Takes events, in their order; says of each, in that order, what became of
-- it.  One statement, so one transaction: all of them, or none.

CREATE FUNCTION take(batch json) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    e event;
BEGIN
    FOR e IN SELECT * FROM json_populate_recordset(NULL::event, batch) LOOP
        IF e.sku IS NULL THEN
            RETURN NEXT take_order(e);
        ELSE
            RETURN NEXT take_stock(e);
        END IF;
    END LOOP;
END $$;
