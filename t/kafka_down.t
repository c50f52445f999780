# A Kafka outage does not stop the sale: orders are accepted in time, stay due
# and reserved, hold up neither the worker nor its end, and are published and
# acked when the broker is back.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use JSON::PP;
use POSIX ();
use Test::More;
use Time::HiRes qw(time);
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(slurp spew wait_for);

my $t = Trade->new;
my $a = $t->redis('a');
my $kafka = $t->kafka(own => 1);

# so long is a broker that died not let in again
spew($kafka->{conf}, slurp($kafka->{conf})
    . "\nbroker.session.timeout.ms=1000\nbroker.heartbeat.interval.ms=200\n");

my $conf = <<'EOF';
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_lease 60s;
    trade_timeout 4s;       # a slow Redis answers by then

    # an order waits for its broker as long as an outage here takes
    trade_redis stock { server %%A%% name=a; }
    trade_kafka orders {
        outage 8s;          # the first orders are answered by their deadline
        brokers %%KAFKA%%;
        topic %%TOPIC%%;
        property message.timeout.ms 55000;
        property reconnect.backoff.max.ms 500;
    }

    # and not so long
    trade_redis stock_briefly { server %%A%% name=a; }
    trade_kafka briefly {
        outage 1s;
        brokers %%KAFKA%%;
        topic %%TOPIC%%;
        property message.timeout.ms 1000;
    }

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /briefly/orders { trade_orders stock_briefly briefly; }
        location /trade { trade_status; }
    }
}
EOF

my %address = (A => $a->address, KAFKA => $kafka->address);
my $n = $t->nginx($conf, %address);
$kafka->make_topic($t->topic . '-late');
my $SKU = 'D-1';
my $tag = sprintf 'trade:{s%d}:', crc32($SKU) % 4096;

# Starts it, again if need be, and waits until it has reached the shard.
sub start { $n->start(up => 2) }

start();
ok(wait_for(sub { $n->put_stock($SKU, total => 10000)->{status} == 200 }, 10), 'stock is set');

my ($sold, %published) = (0);

sub place {
    my ($where, $buyer) = @_;
    $sold++;
    my $begun = time;
    my $r = $n->request('POST', "$where/orders", { 'Idempotency-Key' => "k-$buyer" },
        { buyer_id => $buyer, items => [{ sku => $SKU, quantity => 1 }] });
    return ($r, time - $begun);
}

sub is_due { defined $a->cmd('ZSCORE', "${tag}due", "$_[0].1") }

sub accepted {
    my ($r, $took, $name) = @_;
    my $id = $r->{json}{order_id} // '';
    is("$r->{status} " . ($r->{json}{published} // ''), '202 0', "$name: the order is accepted");
    is($r->{headers}{location} =~ s{^/\w+}{}r, "/orders/$id", "$name: the order has a Location");
    cmp_ok($took, '<', 30, "$name: the order is answered in time");
    ok(is_due($id), "$name: the order is due");
    my $g = $n->get("/v1/orders/$id");
    is("$g->{status} $g->{json}{state} $g->{json}{published}", '200 placed 0',
        "$name: GET shows the order as not published");
    is($n->stock($SKU)->{sold}, $sold, "$name: its unit is reserved");
    return $id;
}

# Until nothing is under way, and what is accepted is published and acked.
sub published {
    my ($server, $name, @ids) = @_;
    ok(wait_for(sub { !$server->status->{in_flight} }, 90, 0.05), "$name: all orders come to an end");
    is(scalar(grep { is_due($_) } @ids), 0, "$name: no order is due");
    is(scalar(grep { $server->get("/v1/orders/$_")->{json}{published} } @ids), @ids,
        "$name: GET shows all orders as published");
    $published{$_} = 1 for @ids;
}

# The longest that a look at the stock takes while $code runs beside it.
sub longest {
    my ($code) = @_;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        POSIX::_exit($code->() ? 0 : 1);
    }
    my ($longest, $looks) = (0, 0);
    until (waitpid $pid, POSIX::WNOHANG()) {
        my $begun = time;
        $n->stock($SKU)->{sku} eq $SKU or die "no stock\n";
        my $took = time - $begun;
        $longest = $took if $took > $longest;
        $looks++;
    }
    is($?, 0, "requests that need no Kafka are answered while it is down");
    note sprintf '%d looks at the stock, the longest took %.3f s', $looks, $longest;
    return $longest;
}

# Many orders, none of which is confirmed.
sub crowd {
    my ($name, $orders) = @_;
    $sold += $orders;
    cmp_ok(longest(sub {
        my @r = load($n, $orders, map { order([$SKU => 1], "$name-$_") } 1 .. $orders);
        return $orders == grep { $_->{status} == 202 } @r;
    }), '<', 20, "$name: the event loop is not held up");
}

my ($r) = place('/v1', 'u-0');
is($r->{status}, 201, 'an order is placed');
$published{ $r->{json}{order_id} } = 1;

# the broker is silent

$kafka->signal('STOP');
my $silent = accepted(place('/v1', 'u-1'), 'silent');
($r) = place('/v1', 'u-1');
$sold--;
is("$r->{status} $r->{json}{order_id} $r->{headers}{'idempotent-replayed'}",
    "202 $silent true", 'an order sent again without Kafka is the same order');
$r = $n->put_stock($SKU, total => 20000);
is("$r->{status} $r->{json}{total} $r->{json}{published}", '202 20000 0',
    'a change of stock is accepted without Kafka');
ok(is_due($r->{json}{change_id}), 'a change of stock is due without Kafka');
crowd('silent', 100);
my $s = $n->status;
is($s->{in_flight} + $s->{not_acked}, 102, 'the status counts the orders that wait, and the events left to the sweeper');
cmp_ok($s->{pending}, '>=', 102, 'the status counts the events that are pending');

my $brief = accepted(place('/briefly', 'u-2'), 'briefly');
ok(wait_for(sub { $n->status->{not_acked} == $s->{not_acked} + 1 }, 20),
    'an order is given up after message.timeout.ms');
ok(is_due($brief), 'an order that was given up stays due');
is($n->stock($SKU)->{sold}, $sold, 'the unit of an order that was given up stays reserved');
is($n->get("/v1/orders/$brief")->{json}{published}, JSON::PP::false,
    'GET shows an order that was given up as not published');

my ($old) = $n->workers;
$n->signal('HUP');
ok(wait_for(sub { my @w = $n->workers; @w && !grep { $_ == $old } @w }, 10),
    'nginx is reloaded while orders wait for Kafka');
wait_for(sub { $n->stock($SKU) }, 10);
my $reloaded = accepted(place('/v1', 'u-3'), 'reloaded');
ok(kill(0, $old), 'the old worker waits for its orders');

$kafka->signal('CONT');
ok(wait_for(sub { !kill 0, $old }, 20), 'the old worker ends when the broker is back');
published($n, 'back', $silent, $reloaded);
my $left = $a->cmd('ZCARD', "${tag}due");
is($left, $s->{not_acked} + 1, 'all orders are acked except those that were given up, or left to the sweeper');
ok(is_due($brief), 'an order that was given up is still due');
is($n->stock($SKU)->{sold}, $sold, 'the unit of an order that was given up is still reserved');

# the worker ends while orders are on their way to a silent broker

$kafka->signal('STOP');
my $quit = accepted(place('/briefly', 'u-4'), 'quit');
crowd('quit', 20);
my $begun = time;
$n->signal('TERM');
ok($n->{process}->wait_end(10), 'nginx is stopped');
cmp_ok(time - $begun, '<', 25, 'nginx stops long before message.timeout.ms is over');
start();
is($a->cmd('ZCARD', "${tag}due"), $left + 21, 'all orders remain due after the stop');
is($n->stock($SKU)->{sold}, $sold, 'the units of all orders remain reserved after the stop');

$quit = accepted(place('/briefly', 'u-5'), 'quit');
$begun = time;
$n->signal('QUIT');
ok($n->{process}->wait_end(20), 'nginx quits');
cmp_ok(time - $begun, '<', 25, 'nginx quits when the order is given up');
ok(is_due($quit), 'the order that was given up is due');
is($a->cmd('ZCARD', "${tag}due"), $left + 22, 'the orders of before are due');

# the broker dies with orders on their way, and others come, to an nginx too
# that has never seen it

start();
my $before = accepted(place('/v1', 'u-6'), 'on its way');
$kafka->stop('KILL');
my $dead = accepted(place('/v1', 'u-7'), 'dead');
crowd('dead', 50);

my $first = $n;
$n = $t->nginx($conf, %address, TOPIC => $t->topic . '-late');
start();
is($n->stock($SKU)->{sold}, $sold, 'nginx starts without a broker');
my $early = accepted(place('/v1', 'u-8'), 'early');
crowd('early', 50);

$kafka->start;
published($first, 'restarted', $before);
published($n, 'arrived', $early);

# an event that no client waited for has a long lease here; the sweeper
# publishes it at its end

$a->cmd('ZADD', "${tag}due", 'XX', 0, $_) for @{ $a->cmd('ZRANGE', "${tag}due", 0, -1) };
ok(wait_for(sub { $a->cmd('ZCARD', "${tag}due") == 0 }, 60, 0.2), 'all orders of before are acked');
ok($first->get("/v1/orders/$dead")->{json}{published}, 'orders that came while the broker was dead are acked');
($r) = place('/v1', 'u-9');
is($r->{status}, 201, 'orders are placed once the broker is back');
is($n->stock($SKU)->{sold}, $sold, 'no unit was given back');

my %records;
$records{ $_->{key} }++ for map { $kafka->orders($_) } $t->topic, $t->topic . '-late';
is_deeply({ map { $_ => $records{$_} } keys %published }, \%published,
    'each published order is in Kafka once');

$t->done;
