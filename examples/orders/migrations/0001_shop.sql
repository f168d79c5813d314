create table items (name text primary key);

insert into items values ('tea'), ('coffee'), ('cake');

-- That there is such an item is looked at when a transaction commits: by then the event of an order has
-- been appended, and goes with the row.
create table orders (
    id bigint generated always as identity primary key,
    item text not null references items deferrable initially deferred,
    quantity integer not null check (quantity > 0)
);
