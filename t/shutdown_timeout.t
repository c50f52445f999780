# worker_shutdown_timeout comes while orders are under way, at whatever step:
# their clients are closed, and each order is placed and published, or is not.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time);
use Trade;
use Trade::Process qw(wait_for);

my $t = Trade->new;
my $redis = $t->redis('a');
my $kafka = $t->kafka(own => 1);

my $n = $t->nginx(<<'EOF', A => $redis->address, KAFKA => $kafka->address)->start;
%%GLOBALS%%
worker_processes 1;
worker_shutdown_timeout 1s;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_lease 7s;
    trade_redis stock { server %%A%% name=a; timeout 5s; }
    trade_kafka orders {
        brokers %%KAFKA%%;
        topic %%TOPIC%%;
        outage 1h;                  # orders wait for Kafka, whatever it does
        property reconnect.backoff.max.ms 200;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

ok(wait_for(sub { $n->put_stock('A-1', total => 100)->{status} == 200 }, 20),
    'stock is set');

# Sends an order, all but the last $less bytes of it, and returns the connection
# where an answer may come.
my $orders = 0;
sub ask {
    my ($less) = @_;
    my $i = ++$orders;
    my $body = qq({"buyer_id":"u-$i","items":[{"sku":"A-1","quantity":1}]});
    my $request = join "\r\n", 'POST /v1/orders HTTP/1.1', 'Host: x',
        'Connection: close', 'Content-Type: application/json',
        "Idempotency-Key: k-$i", 'Content-Length: ' . length $body, '', $body;
    my $s = $n->connect;
    print $s substr $request, 0, length($request) - $less;
    return $s;
}

sub sold {
    my ($slot) = $redis->keys('trade:{*}:slot');
    return 100 - $redis->cmd('HGET', $slot, 'available|A-1');
}

# Where orders are when their worker is told to end, and who is silent then.
for (['body'], ['Redis', $redis], ['Kafka', $kafka]) {
    my ($step, $silent) = @$_;
    my ($old) = $n->workers;
    my $had = sold();
    $silent->signal('STOP') if $silent;
    my @clients = map { ask($silent ? 0 : 10) } 1 .. 5;
    ok(wait_for(sub { $n->status->{in_flight} >= 5 }, 5), "$step: orders are under way");
    ok(wait_for(sub { sold() == $had + 5 }, 5), "$step: the orders are recorded")
        if $step eq 'Kafka';

    my $begin = time;
    $n->signal('HUP');
    is_deeply([map { my $s = $_; local $/; <$s> // '' } @clients], [('') x 5],
        "$step: their clients are closed");
    cmp_ok(time - $begin, '<', 15, "$step: the clients are closed in time");
    ok(kill(0, $old), "$step: the worker goes on until it knows of them")
        if $silent;
    ok(wait_for(sub { !kill 0, $old }, 10), "$step: the worker ends");

    $silent->signal('CONT') if $silent;
    ok(wait_for(sub { !%{ $redis->due } }, 30), "$step: no event stays due");
    my $sold = sold() - $had;
    my ($least, $most) = !$silent ? (0, 0) : $step eq 'Kafka' ? (5, 5) : (0, 5);
    ok($sold >= $least && $sold <= $most, "$step: $least to $most are sold: $sold");
    my %ids = map { $_->{value}{order_id} => 1 } $kafka->orders($t->topic);
    is(scalar keys %ids, sold(), "$step: the sold orders are in the topic, and no others");
}

# and each key leads to one order

for my $i (1 .. $orders) {
    my $r = $n->order(['A-1' => 1], "u-$i", "k-$i");
    is($r->{status}, 201, "order $i is found when it is sent again");
}
ok(wait_for(sub { !%{ $redis->due } }, 10), 'no event stays due');
is(sold(), $orders, 'each key has one order');

$t->done;
