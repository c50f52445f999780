# An order is paid, delivered, cancelled, or expires: in the order of its
# events, once each.  Its units go back when Kafka has its end, and not before.
# A location offers the actions of trade_actions.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use Test::More;
use Trade;
use Trade::Process qw(wait_for);

my $t = Trade->new;
my $redis = $t->redis('a');
my $kafka = $t->kafka(own => 1);

my $conf = <<'EOF';
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_timeout 2s;
    trade_lease 5s;
    trade_payment_timeout %%PAY%%;

    trade_redis stock { server %%A%% name=a; }
    trade_kafka orders {
        brokers %%KAFKA%%;
        topic %%TOPIC%%;
        outage 1h;                  # orders wait for Kafka, whatever it does
        key %%KEY%%;
        property message.timeout.ms 1000;
        property reconnect.backoff.max.ms 200;
    }

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /staff {
            trade_orders stock orders;
            trade_actions get pay deliver cancel;
        }
        location /own {
            trade_orders stock orders;
            trade_buyer $http_x_buyer;
        }
        location /look { trade_orders stock orders; trade_actions get; }
        location /trade { trade_status; }
    }
}
EOF

my %at = (A => $redis->address, KAFKA => $kafka->address);
my $n = $t->nginx($conf, %at, PAY => 'off', KEY => 'order_id')->start;
my $buyers = 0;

sub is_problem {
    my ($name, $r, $status, $problem, $state) = @_;
    my $j = $r->{json} // {};
    is(join('|', $r->{status}, ($j->{type} // '') =~ s/.*://r, $j->{outcome} // '',
            $j->{state} // ''),
        join('|', $status, $problem, 'none', $state // ''), $name) or diag $r->{body};
}

sub act { my ($id, $action, $h) = @_; return $n->request('POST', "/staff/$id/$action", $h) }

sub place {
    my ($items, $buyer) = @_;
    my $r = $n->order($items, $buyer // 'u-' . ++$buyers, undef, metadata => { a => [1] });
    is($r->{status}, 201, 'an order is placed') or diag $r->{body};
    return $r->{json}{order_id};
}

# Units that go back do so behind the answer.
sub is_stock {
    my ($name, $sku, $available) = @_;
    my $s;
    wait_for(sub { $s = $n->stock($sku); $s->{available} == $available });
    is($s->{available}, $available, $name);
    is($s->{sold}, $s->{total} - $available, "$name: the other units are sold");
}

# The events of an order, as Kafka has them, in the order of their offsets.
sub events { my ($id) = @_; return grep { $_->{headers}{ce_subject} eq $id } $kafka->records($t->topic) }
sub key_of { my ($sku, $kind) = @_; return 'trade:{s' . crc32($sku) % 4096 . "}:$kind" }

for my $sku (qw(A-1 A-2 A-3)) {
    ok(wait_for(sub { $n->put_stock($sku, total => 10, limit => 3)->{status} == 200 }, 20),
        "stock of $sku");
}

# placed, paid, delivered

my $id = place(['A-1', 2]);
my $r = act($id, 'pay', { traceparent => '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' });
is($r->{status}, 200, 'a placed order is paid') or diag $r->{body};
is_deeply([@{ $r->{json} }{qw(order_id state sequence)}], [$id, 'paid', 2],
    'the answer to pay has the state and the sequence');
ok($r->{json}{published}, 'the answer to pay says that the event is in Kafka');
ok(!defined $r->{headers}{'idempotent-replayed'}, 'the answer to the first pay is no replay');
is($r->{headers}{location}, "/staff/$id", "the answer to pay has the order's Location");

my $again = act($id, 'pay');
is($again->{status}, 200, 'an order that is paid once more is answered 200');
is($again->{body}, $r->{body}, 'an order that is paid once more gets the same answer');

is(act($id, 'deliver')->{status}, 200, 'a paid order is delivered');
my $got = $n->get("/v1/orders/$id")->{json};
is($got->{state}, 'delivered', 'GET shows the order as delivered');
is($got->{sequence}, 3, 'GET shows a third event');
like($got->{"${_}_at"}, qr/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, "GET shows when the order was $_")
    for qw(created paid delivered);
ok(!exists $got->{cancelled_at}, 'GET shows no time of cancellation');
ok($got->{created_at} le $got->{paid_at} && $got->{paid_at} le $got->{delivered_at},
    'the times of the states are in their order');

is_problem("$_ of a delivered order", act($id, $_), 409, 'wrong-state', 'delivered') for qw(pay cancel);
is_stock('delivered units are sold', 'A-1', 8);

my @e = events($id);
is(join(' ', map { "$_->{headers}{ce_type} $_->{headers}{ce_sequence}" } @e),
    'trade.order.placed.v1 1 trade.order.paid.v1 2 trade.order.delivered.v1 3',
    'the topic has an event for each state, one after the other');
is($e[$_]{headers}{ce_id}, "$id." . ($_ + 1), 'ce_id') for 0 .. 2;
is($e[$_]{payload}, $e[0]{payload}, 'the value of each event is the order as it was placed') for 1, 2;
is($e[$_]{key}, $id, 'each event has the key of the first') for 0 .. 2;
is($e[$_]{partition}, $e[0]{partition}, 'each event has the partition of the first') for 1, 2;
is($e[1]{headers}{ce_time}, $got->{paid_at}, 'ce_time of paid is the time of the payment');
like($e[1]{headers}{traceparent}, qr/^00-4bf92f35/, 'the trace of an event is that of its request');
ok(!exists $e[$_]{headers}{traceparent}, 'the event of a request without a trace has none') for 0, 2;
my @v = map { $_->{headers}{trade_versions} =~ /=(\d+)$/ } @e;
ok($v[0] < $v[1] && $v[1] < $v[2], 'each event has a higher version than the one before');

my ($ttl) = $redis->cmd('PTTL', key_of('A-1', "order:$id"));
cmp_ok($ttl, '<=', 86400000, 'the record of a delivered order lives for a day');

# cancelled: placed or paid; the units, and the buyer's limit, go back

for my $paid (0, 1) {
    my $buyer = "c-$paid";
    my $id = place(['A-2', 3], $buyer);
    is_problem('the limit is reached', $n->order(['A-2', 1], $buyer), 409, 'buyer-limit');
    is_stock('three are sold', 'A-2', 7);
    is(act($id, 'pay')->{status}, 200, 'the order is paid before it is cancelled') if $paid;
    is_problem('deliver before it is paid', act($id, 'deliver'), 409, 'wrong-state', 'placed')
        if !$paid;
    my $r = $n->request('POST', "/v1/orders/$id/cancel");
    is($r->{status}, 200, 'the order is cancelled') or diag $r->{body};
    is($r->{json}{state}, 'cancelled', 'the answer to cancel says so');
    is_stock('the units of a cancelled order are back', 'A-2', 10);
    is($n->request('POST', "/v1/orders/$id/cancel")->{status}, 200,
        'an order that is cancelled once more is answered 200');
    is_stock('a second cancellation gives nothing back', 'A-2', 10);
    is_problem("$_ of a cancelled order", act($id, $_), 409, 'wrong-state', 'cancelled')
        for qw(pay deliver);
    my $next = place(['A-2', 3], $buyer);
    act($next, 'cancel');
    my @e = events($id);
    is($e[-1]{headers}{ce_type}, 'trade.order.cancelled.v1', 'the last event of a cancelled order is cancelled');
    is(scalar @e, $paid ? 3 : 2, 'a cancelled order has no other events');
}
is($redis->cmd('HLEN', key_of('A-2', 'bought:A-2')), 0, 'no buyer has bought any when all orders are cancelled');

# orders and actions that do not exist

is_problem('an order that nobody placed', act(substr($id, 0, -3) . 'zzz', 'pay'), 404, 'unknown-order');
is_problem('an id that is none', act('zzz', 'pay'), 404, 'unknown-order');
is_problem('an action that is none', act($id, 'repay'), 404, 'not-found');
is_problem('a URI below an action', act($id, 'pay/x'), 404, 'not-found');
$r = $n->get("/staff/$id/pay");
is_problem('another method', $r, 405, 'method-not-allowed');
is($r->{headers}{allow}, 'POST', '405 allows POST');
$r = $n->put_stock('A-3', total => 10);
is_problem('a change of stock is no order', act($r->{json}{change_id}, 'cancel'), 404, 'unknown-order');

# the actions that a location offers

$id = place(['A-3', 1]);
is_problem("$_ is not offered to buyers", $n->request('POST', "/v1/orders/$id/$_"), 404, 'not-found')
    for qw(pay deliver);
is_problem('a location without actions offers no cancellation', $n->request('POST', "/look/$id/cancel"),
    404, 'not-found');
is_problem('a location without actions takes no order', $n->request('POST', '/look', undef, {}), 404, 'not-found');
is($n->get("/look/$id")->{status}, 200, 'a location without actions shows an order');
is_problem('a location of staff takes no order', $n->request('POST', '/staff', undef, {}), 404, 'not-found');

my $own = sub { $n->request('POST', "/own/$_[0]/cancel", { 'X-Buyer' => $_[1] }) };
$id = place(['A-3', 1], 'mine');
is_problem("another buyer's order", $own->($id, 'yours'), 404, 'unknown-order');
is_problem('nobody', $own->($id), 403, 'buyer-required');
is($own->($id, 'mine')->{status}, 200, 'a buyer cancels his own order');

# Kafka takes nothing: all of it is accepted, and nothing goes back yet

ok(wait_for(sub { !%{ $redis->due } }, 5), 'no event is due before Kafka stops') or diag explain $redis->due;
my $had = $n->stock('A-1')->{available};
my $acked = place(['A-1', 1]);
my $given = $n->status->{not_acked};
$kafka->signal('STOP');
$id = $n->order(['A-1', 2], 'outage')->{json}{order_id};
is(act($id, 'pay')->{status}, 202, 'an order is paid while its first event waits: 202');
$r = act($id, 'cancel');
is($r->{status}, 202, 'an order is cancelled while its other events wait: 202');
is($r->{json}{state}, 'cancelled', 'the cancelled order is shown as cancelled');
ok(!$r->{json}{published}, 'the cancellation is not in Kafka yet');
is(act($acked, 'cancel')->{status}, 202, 'another order is cancelled while Kafka takes nothing: 202');
is_stock('no unit comes back while Kafka takes nothing', 'A-1', $had - 3);
is(scalar(keys %{ $redis->due }), 4, 'four events wait');

# not even when who published it gives up
ok(wait_for(sub { $n->status->{not_acked} > $given }, 10), 'workers give up their publications');
is_stock('no unit comes back when publications are given up', 'A-1', $had - 3);

$kafka->signal('CONT');
ok(wait_for(sub { !%{ $redis->due } }, 30),
    'all events are published when Kafka is back') or diag explain $redis->due;
is_stock('all units come back when Kafka is back', 'A-1', $had);
my %first;
$first{ $_->{headers}{ce_sequence} } //= $_->{offset} for events($id);
is(join(' ', sort { $first{$a} <=> $first{$b} } keys %first), '1 2 3',
    'the events of an order are published one after the other');
is($redis->cmd('HEXISTS', key_of('A-1', 'bought:A-1'), 'outage'), 0, 'a cancelled order leaves nothing bought');

# an order that is not paid in time expires; a paid order does not

$n->stop('QUIT', 20);
$n = $t->nginx($conf, %at, PAY => '1500ms', KEY => 'buyer_id')->start;
ok(wait_for(sub { ($n->stock('A-1') // {})->{total} }, 10), 'another nginx, with a payment timeout, starts');

$had = $n->stock('A-1')->{available};
my ($late, $paid, $gone) = map { place(['A-1', 1], "e-$_") } 1 .. 3;
is(act($paid, 'pay')->{status}, 200, 'one of three orders is paid');
is(act($gone, 'cancel')->{status}, 200, 'one of three orders is cancelled');
is($redis->cmd('ZCARD', key_of('A-1', 'unpaid')), 1, 'one order waits for its payment');
ok(wait_for(sub { $n->status->{pending} == 0 }, 5), 'an order that waits for its payment is not pending');
ok(wait_for(sub { $n->get("/v1/orders/$late")->{json}{state} eq 'expired' }, 10),
    'an order that was not paid in time expires');
ok(wait_for(sub { $n->stock('A-1')->{available} == $had - 1 }, 10), 'the units of an expired order are back');
is($n->get("/v1/orders/$paid")->{json}{state}, 'paid', 'a paid order does not expire');
is_problem('an expired order is paid too late', act($late, 'pay'), 409, 'wrong-state', 'expired');
@e = events($late);
is($e[1]{headers}{ce_type}, 'trade.order.expired.v1', 'an expired order has an event');
is($e[1]{headers}{ce_sequence}, 2, "the event of the expiry is the order's second");
is($e[1]{payload}, $e[0]{payload}, 'the event of the expiry has the whole order');
is($_->{key}, 'e-1', 'the event of the expiry has the key of the buyer') for @e;
is($redis->cmd('ZCARD', key_of('A-1', 'unpaid')), 0, 'no order waits for its payment in the end');

$t->done;
