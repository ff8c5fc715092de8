-- One row per person. `customer_id` in the marketplace's files is one per ORDER; the person is `customer_unique_id`.
-- Who moved between two orders counts where the latest order went. 59 reviews are dated before the order that they
-- are about: a person has been a customer since the earlier of the two days.
SELECT
    customer_unique_id AS customer_id,
    CASE arg_max(customer_state, order_purchase_timestamp)
        WHEN 'SP' THEN 'São Paulo'
        WHEN 'RJ' THEN 'Rio de Janeiro'
        WHEN 'MG' THEN 'Minas Gerais'
        WHEN 'PR' THEN 'South' WHEN 'SC' THEN 'South' WHEN 'RS' THEN 'South'
        ELSE 'Other states'
    END AS segment,
    least(min(order_purchase_timestamp), min(review_creation_date))::DATE AS joined_on
FROM read_csv('olist_customers_dataset.csv')
JOIN read_csv('olist_orders_dataset.csv') USING (customer_id)
LEFT JOIN read_csv('olist_order_reviews_dataset.csv') USING (order_id)
GROUP BY customer_unique_id
ORDER BY joined_on, customer_id
