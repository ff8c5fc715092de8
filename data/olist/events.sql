-- Each order becomes up to three events: it was placed, paid and delivered; or it fell through.
WITH orders AS (
    SELECT o.*, c.customer_unique_id AS person
    FROM read_csv('olist_orders_dataset.csv') AS o
    JOIN read_csv('olist_customers_dataset.csv') AS c USING (customer_id)
),
-- several payments to an order are common (vouchers): the largest names the channel
paid_by AS (
    SELECT order_id, arg_max(payment_type, payment_value) AS payment_type
    FROM read_csv('olist_order_payments_dataset.csv')
    GROUP BY order_id
)
SELECT person AS customer_id, order_purchase_timestamp AS occurred_at, 'Order placed' AS touchpoint,
       order_id || '-placed' AS event_id, NULL AS score, NULL AS expectation, NULL AS channel
FROM orders
UNION ALL
SELECT person, order_approved_at, 'Payment approved', order_id || '-paid', NULL, NULL, payment_type
FROM orders LEFT JOIN paid_by USING (order_id)
WHERE order_approved_at IS NOT NULL
UNION ALL
-- the promise has no hour, so days are compared with days
SELECT person, order_delivered_customer_date, 'Delivery', order_id || '-delivered',
       order_delivered_customer_date::DATE, order_estimated_delivery_date::DATE, NULL
FROM orders
WHERE order_delivered_customer_date IS NOT NULL
UNION ALL
-- no file says when an order was cancelled: it is booked on the day it was paid or, unpaid, placed
SELECT person, coalesce(order_approved_at, order_purchase_timestamp), 'Order fell through',
       order_id || '-fell-through', NULL, NULL, NULL
FROM orders
WHERE order_status IN ('canceled', 'unavailable') AND order_delivered_customer_date IS NULL
ORDER BY occurred_at, event_id
