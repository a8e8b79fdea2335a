"""The keys that Stripe documents for each object of the newest API version, nested ones aside."""

from __future__ import annotations

DOCUMENTED = {
    "payment_intent": (
        "amount amount_received amount_capturable amount_details application_fee_amount canceled_at created "
        "cancellation_reason capture_method currency description receipt_email statement_descriptor customer "
        "customer_account last_payment_error latest_charge on_behalf_of payment_method review "
        "payment_method_types status transfer_data transfer_group livemode metadata"
    ),
    "charge": (
        "amount amount_captured amount_refunded application_fee application_fee_amount balance_transaction "
        "captured disputed paid refunded created currency description livemode metadata customer "
        "payment_intent failure_code failure_message failure_balance_transaction outcome payment_method "
        "payment_method_details billing_details status source_transfer transfer_data transfer_group"
    ),
    "refund": (
        "amount currency created metadata charge payment_intent customer customer_account payment_method "
        "balance_transaction reason status destination_details transfer_reversal source_transfer_reversal"
    ),
    "dispute": (
        "amount currency created livemode metadata balance_transactions charge payment_intent reason "
        "network_reason_code payment_method_details status evidence_details is_charge_refundable "
        "intended_submission_method"
    ),
    "checkout.session": (
        "amount_subtotal amount_total total_details currency created expires_at livemode metadata "
        "client_reference_id customer customer_account customer_email customer_details mode status "
        "payment_status payment_intent subscription setup_intent invoice payment_link discounts "
        "currency_conversion collected_information ui_mode recovered_from url success_url"
    ),
    "customer": (
        "address balance created currency customer_account delinquent description discount email "
        "invoice_settings livemode metadata name phone shipping tax_exempt test_clock"
    ),
    "invoice": (
        "subtotal subtotal_excluding_tax total total_excluding_tax total_discount_amounts total_taxes "
        "total_pretax_credit_amounts amount_due amount_paid amount_remaining amount_overpaid amount_shipping "
        "amount_paid_off_stripe starting_balance ending_balance pre_payment_credit_notes_amount "
        "post_payment_credit_notes_amount attempt_count attempted next_payment_attempt auto_advance "
        "billing_reason collection_method created due_date effective_at period_start period_end "
        "automatically_finalizes_at currency customer customer_email customer_name number livemode metadata "
        "parent lines discounts default_tax_rates issuer rendering shipping_cost status status_details "
        "status_transitions"
    ),
    "invoice_payment": (
        "amount_paid amount_requested created currency invoice is_default livemode payment status "
        "status_transitions"
    ),
    "subscription": (
        "status items customer customer_account currency created livemode metadata description start_date "
        "ended_at canceled_at cancel_at cancel_at_period_end cancellation_details trial_start trial_end "
        "trial_settings pause_collection status_details discounts billing_cycle_anchor "
        "billing_cycle_anchor_config billing_mode billing_schedules collection_method days_until_due "
        "latest_invoice default_payment_method pending_update schedule pending_setup_intent test_clock"
    ),
    "price": (
        "active livemode created currency nickname lookup_key metadata product type billing_scheme "
        "unit_amount unit_amount_decimal recurring tiers_mode transform_quantity custom_unit_amount tax_behavior"
    ),
    "product": (
        "name active created updated default_price description images marketing_features metadata tax_code "
        "type unit_label statement_descriptor"
    ),
    "credit_note": (
        "amount total subtotal total_excluding_tax subtotal_excluding_tax discount_amount discount_amounts "
        "total_taxes pretax_credit_amounts amount_shipping pre_payment_amount post_payment_amount "
        "out_of_band_amount currency created effective_at customer invoice customer_balance_transaction "
        "lines refunds reason status type voided_at number memo metadata livemode"
    ),
    "payout": (
        "amount currency arrival_date automatic created status type method balance_transaction "
        "failure_balance_transaction failure_code failure_message destination original_payout reversed_by "
        "reconciliation_status trace_id source_type statement_descriptor livemode metadata"
    ),
    "discount": (
        "source start end customer subscription subscription_item invoice invoice_item checkout_session "
        "promotion_code"
    ),
    "coupon": (
        "percent_off amount_off currency duration duration_in_months valid times_redeemed max_redemptions "
        "redeem_by"
    ),
    "balance_transaction": (
        "amount fee net fee_details exchange_rate currency created available_on description "
        "reporting_category source status type balance_type"
    ),
    "line_item": (
        "amount subtotal discount_amounts discountable discounts pretax_credit_amounts taxes currency "
        "description invoice livemode metadata quantity quantity_decimal period pricing parent subscription"
    ),
    "subscription_item": (
        "price plan quantity discounts created current_period_start current_period_end current_trial "
        "billing_thresholds tax_rates metadata subscription"
    ),
    "invoiceitem": (
        "amount currency customer date description discountable discounts invoice livemode metadata parent "
        "period pricing quantity"
    ),
}
