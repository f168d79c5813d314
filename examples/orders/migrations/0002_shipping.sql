-- How far the consumer has come: one row.
create table shipping (
    one boolean primary key default true check (one),
    after text
);

insert into shipping default values;

-- Nothing here keeps an order from being shipped twice. That is for the consumer to see to.
create table shipments (
    id bigint generated always as identity primary key,
    order_id bigint not null,
    item text not null,
    quantity integer not null
);

create index on shipments (order_id);
