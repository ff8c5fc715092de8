-- Each review is an answer on the 1-5 scale. It belongs to the delivery if the parcel was there when the customer was
-- asked, or to the order that fell through; there it replaces what the dates alone would say. A review asked before
-- the day of delivery (294 in the sample; 495 if the hour of a bare date is taken for midnight) stands alone: the
-- customer is judging the wait.
SELECT
    c.customer_unique_id AS customer_id,
    r.review_creation_date AS answered_at,
    'csat' AS metric,
    r.review_score AS score,
    r.review_id AS response_id,
    CASE
        WHEN o.order_status IN ('canceled', 'unavailable') AND o.order_delivered_customer_date IS NULL
            THEN 'Order fell through'
        ELSE 'Delivery'
    END AS touchpoint,
    CASE
        WHEN o.order_delivered_customer_date::DATE <= r.review_creation_date::DATE THEN o.order_id || '-delivered'
        WHEN o.order_status IN ('canceled', 'unavailable') AND o.order_delivered_customer_date IS NULL
            THEN o.order_id || '-fell-through'
    END AS event_id,
    r.review_comment_message AS comment
FROM read_csv('olist_order_reviews_dataset.csv') AS r
JOIN read_csv('olist_orders_dataset.csv') AS o USING (order_id)
JOIN read_csv('olist_customers_dataset.csv') AS c USING (customer_id)
ORDER BY answered_at, response_id, r.order_id
