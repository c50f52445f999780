# The broker's answer decides the answer to an order: the event is retried, or
# it stays due, and its delivery has failed or is uncertain; a producer that
# can't go on is replaced.  No reservation is ever given back for any of it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use List::Util qw(max);
use Test::More;
use Time::HiRes qw(time);
use Trade;
use Trade::Kafka;
use Trade::KafkaMock;
use Trade::Load qw(load order);
use Trade::Process qw(slurp wait_for);

# requests and errors of the Kafka protocol
my ($PRODUCE, $INIT_PRODUCER_ID) = (0, 22);
my ($OUT_OF_ORDER, $CLUSTER_AUTHORIZATION) = (45, 31);

# Failures happen at the broker of partition 1, delays at that of partition 0.
my ($mock, $mock_gone) = map { Trade::KafkaMock->new } 1 .. 2;
my $kafka = Trade::Kafka->at($mock->address);

my $t = Trade->new;
my $a = $t->redis('a');
my $topic = $t->topic;
$mock->do('topic', $_) for $topic, "$topic-full";
$mock_gone->do('topic', $topic);

my $n = $t->nginx(<<'EOF', A => $a->address, KAFKA => $mock->address, GONE => $mock_gone->address)->start(up => 3);
%%GLOBALS%%
error_log %%TESTDIR%%/debug.log debug;      # with lines that error.log has once
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    log_format time '$status $trade_publish_time';
    trade_zone main:16m;
    trade_timeout 40s;
    trade_lease 120s;       # nobody sweeps meanwhile

    trade_redis stock { server %%A%% name=a; }
    trade_kafka orders {
        outage 1s;
        brokers %%KAFKA%%;
        topic %%TOPIC%%;
        key buyer_id;       # who buys says which partition it is
        property message.timeout.ms 3000;
        property retry.backoff.ms 20;
        property reconnect.backoff.ms 20;
        property reconnect.backoff.max.ms 100;
    }

    # one order at a time
    trade_redis stock_full { server %%A%% name=a; }
    trade_kafka full {
        outage 1s;
        brokers %%KAFKA%%;
        topic %%TOPIC%%-full;
        key buyer_id;
        property queue.buffering.max.messages 1;
        property message.timeout.ms 60000;
    }

    # brokers that go, and do not come back
    trade_redis stock_gone { server %%A%% name=a; }
    trade_kafka gone {
        outage 1s;
        brokers %%GONE%%;
        topic %%TOPIC%%;
        property message.timeout.ms 1000;
    }

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /full/orders { trade_orders stock_full full; }
        location /full/stock { trade_stock stock_full full; }
        location /gone/orders {
            trade_orders stock_gone gone;
            trade_timeout 40s;
            access_log %%TESTDIR%%/gone.log time;
        }
        location /trade { trade_status; }
    }
}
EOF

my ($SKU, $FULL, $GONE) = ('F-1', 'F-2', 'F-3');
is($n->put_stock($_, total => 10000)->{status}, 200, "$_ is set") for $SKU, $FULL, $GONE;
my ($worker) = $n->workers;

# Buyers of each partition, found by trying.
my $PROBES = 300;
my @probes = load($n, 32, map { order([$SKU => 1], "b-$_") } 1 .. $PROBES);
is(scalar(grep { $_->{status} == 201 } @probes), $PROBES, 'orders are placed');
my @buyers = ([], []);
push @{ $buyers[ $_->{partition} ] }, $_->{key} for $kafka->orders($topic);
cmp_ok(scalar @$_, '>', 100, 'orders lie in either partition') for @buyers;

my ($sold, $unacked) = ($PROBES, 0);
my %copies;     # how often an order should be in the topic

sub due_key { return sprintf 'trade:{s%d}:due', crc32($_[0]) % 4096 }
sub due { my ($sku) = @_; return $a->cmd('ZCARD', due_key($sku)) }
sub is_due { my ($sku, $id) = @_; return defined $a->cmd('ZSCORE', due_key($sku), "$id.1") }

# An order that goes to partition 1, with a key of its own.
sub place {
    $sold++;
    my $buyer = shift @{ $buyers[1] };
    my $r = $n->order([$SKU => 1], $buyer, "k-$buyer");
    $unacked++ if $r->{status} == 202;
    return $r;
}

# The status and id of an order that was sent.
sub answered {
    my ($s) = @_;
    local $/;
    my ($status, $id) = readline($s) =~ m{^HTTP\S+ (\d+) .*^Location: /\w+/orders/(\S+)\r\n}ms;
    return ($status // 0, $id // '');
}

# An order that is in partition 0, and waits for its acknowledgement.
sub unacked_order {
    my $before = $kafka->orders($topic);
    $mock->do('late', $PRODUCE, 60000);
    $sold++;
    my $s = $n->send_order('/v1/orders', $SKU, shift @{ $buyers[0] });
    ok(wait_for(sub { $kafka->orders($topic) > $before }, 5), 'an order is in the topic');
    return $s;
}

sub copies {
    my ($id) = @_;
    return scalar grep { $_->{headers}{ce_subject} eq $id } $kafka->orders($topic);
}

sub published { return $n->get("/v1/orders/$_[0]")->{json}{published} ? 1 : 0 }

# The checks of the topic also ask the brokers that are gone now and then; the
# end of the test looks at their cost.
my @gone;
sub ask_gone { push @gone, $n->send_order('/gone/orders', $GONE, 'gone-' . @gone) }
ask_gone();
is((answered($gone[0]))[0], 201, 'while there are brokers an order is placed');
$mock_gone->do('down');

sub kept {
    my ($name) = @_;
    ask_gone();
    ok(wait_for(sub { due($SKU) == $unacked }, 5), "$name: the unpublished orders are due")
        or diag due($SKU) . ", not $unacked";
    is($n->stock($SKU)->{sold}, $sold, "$name: the stock counts the orders");
}

sub wait_placing {
    my ($name) = @_;
    ok(wait_for(sub {
        ask_gone();
        my $r = place();
        $copies{ $r->{json}{order_id} } = 1 if $r->{status} == 201;
        return $r->{status} == 201;
    }, 10, 0.2), "$name: orders are placed again");
}

# failures that pass

for (
    ['UNKNOWN_TOPIC_OR_PARTITION', 3],
    ['NOT_LEADER', 6],
    ['REQUEST_TIMED_OUT', 7],
    ['NOT_ENOUGH_REPLICAS', 19],
    ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 20],
    ['a connection that is lost', -195],
) {
    my ($name, $code) = @$_;
    $mock->do('fail', $PRODUCE, $code);
    my $r = place();
    is("$r->{status} $r->{json}{published}", '201 1', "$name: the order is placed");
    $copies{ $r->{json}{order_id} } = 1;
}
kept('what passes');

# failures that do not

for (
    ['MESSAGE_TOO_LARGE', 10],
    ['TOPIC_AUTHORIZATION_FAILED', 29],
    ['CLUSTER_AUTHORIZATION_FAILED', $CLUSTER_AUTHORIZATION],
    ['POLICY_VIOLATION', 44],
    ['INVALID_RECORD', 87],
) {
    my ($name, $code) = @$_;
    my $not_acked = $n->status->{not_acked};
    $mock->do('fail', $PRODUCE, $code);
    my $begun = time;
    my $buyer = $buyers[1][0];
    my $r = place();
    cmp_ok(time - $begun, '<', 20, "$name: answered long before trade_timeout is over");
    is("$r->{status} $r->{json}{published}", '202 0', "$name: the order is accepted");
    my $id = $r->{json}{order_id};
    $copies{$id} = 0;
    cmp_ok($n->status->{not_acked}, ">=", $not_acked + 1, "$name: the order is counted as not acknowledged");
    $r = $n->order([$SKU => 1], $buyer, "k-$buyer");
    is("$r->{status} $r->{json}{order_id}", "202 $id", "$name: the order sent again is the same");
    is(published($id), 0, "$name: GET shows the order as not published");
    kept($name);
    wait_placing($name);
}
like($n->error_log, qr/\[error\] .*kafka "orders": an event of \d+ bytes was not delivered: Broker: /,
    'the log says that the event was not delivered');
unlike($n->error_log, qr/perhaps/, 'the log says that the topic does not have the event');
unlike($n->error_log, qr/\[crit\]/, 'the log names no failure of the producer');

# a producer that can't go on

sub threads { return scalar(my @ids = glob "/proc/$worker/task/*") }
sub eventfds { return scalar grep { (readlink // '') =~ /eventfd/ } glob "/proc/$worker/fd/*" }
my ($threads, $eventfds) = (threads(), eventfds());

my $unacked_order = unacked_order();
$mock->do('fail', $PRODUCE, $OUT_OF_ORDER);
my $begun = time;
is(place()->{status}, 202, 'an order that the producer fails at is accepted');
my ($status, $id) = answered($unacked_order);
is($status, 202, 'an order on its way to the other partition is accepted');
$unacked++;
cmp_ok(time - $begun, '<', 20, 'the client of that order is not held up');
cmp_ok(copies($id), '>=', 1, 'the event of that order is in the topic');
kept('fatal');
wait_placing('fatal');

for my $round (1 .. 3) {
    $mock->do('fail', $PRODUCE, $OUT_OF_ORDER);
    my @r = load($n, 20, map { order([$SKU => 1], "fatal-$round-$_") } 1 .. 20);
    $sold += @r;
    my $accepted = grep { $_->{status} == 202 } @r;
    $unacked += $accepted;
    cmp_ok($accepted, '>', 0, "fatal, $round: orders are accepted");
    is($accepted + grep({ $_->{status} == 201 } @r), 20, "fatal, $round: some orders were placed before");
    my $begun = time;
    like(place()->{status}, qr/^20[12]$/, "fatal, $round: the next one is accepted, or placed by the next producer");
    cmp_ok(time - $begun, '<', 20, "fatal, $round: orders are answered long before trade_timeout is over");
    kept("fatal, $round");
    wait_placing("fatal, $round");
}

$mock->do('fail', $INIT_PRODUCER_ID, $CLUSTER_AUTHORIZATION, 100);
$mock->do('fail', $PRODUCE, $OUT_OF_ORDER);
my $placed = 0;
ok(wait_for(sub {
    $placed += place()->{status} == 201;
    return 3 <= (() = slurp("$n->{dir}/debug.log") =~ / is replaced: .*authorization/ig);
}, 10, 0.2), 'producers that are not allowed to are replaced again and again');
is($placed, 0, 'producers that are not allowed to write place no order');
kept('not allowed');
$mock->do('pass', $INIT_PRODUCER_ID);
wait_placing('allowed');

ok(wait_for(sub { threads() == $threads && eventfds() == $eventfds }, 10, 0.1),
    'producers that were replaced leave nothing behind')
    or diag threads() . " threads, not $threads; " . eventfds() . " eventfds, not $eventfds";
is_deeply([$n->workers], [$worker], 'the worker is the same after the replacements');
my %said;
$said{$_}++ for $n->error_log =~ /\[crit\] .*kafka "orders": (the producer .* is replaced: .*authorization.*)/ig;
is_deeply([values %said], [(1) x (keys %said || 1)],
    'the log names each broker that refuses once') or diag(explain(\%said));
cmp_ok(scalar(() = slurp("$n->{dir}/debug.log") =~ /kafka "orders": the producer .* is replaced: /g),
    '>=', 1 + 3 + 3, 'the log says each time that a producer is replaced');

# an acknowledgement that is lost

$unacked_order = unacked_order();
$mock->do('down');
$mock->do('up');
($status, $id) = answered($unacked_order);
like($status, qr/^20[12]$/, 'an order is placed when the brokers come back, or accepted before');
cmp_ok(copies($id), '>=', 1, 'the order is in the topic');
ok(wait_for(sub { !$n->status->{in_flight} }, 20), 'all orders come to an end');
$unacked++ if $status == 202 && is_due($SKU, $id);      # it has waited for too long
kept('lost');

my $unknown = qr/not delivered, or perhaps it was: Local: Message timed out/;
sub unknown { return scalar(() = slurp("$n->{dir}/debug.log") =~ /$unknown/g) }
$unacked_order = unacked_order();
my $before = unknown();
$mock->do('down');
($status, $id) = answered($unacked_order);
is($status, 202, 'an order whose brokers do not come back has an uncertain delivery');
$unacked++;
ok(wait_for(sub { unknown() > $before }, 20), 'the log says that the delivery is uncertain');
$mock->do('up');
kept('unknown');
is(published($id), 0, 'GET shows the order as not published');
cmp_ok(copies($id), '>=', 1, 'the topic has the event although its delivery was uncertain');
wait_placing('unknown');

my %records;
$records{ $_->{headers}{ce_subject} }++ for $kafka->orders($topic);
is_deeply({ map { $_ => $records{$_} // 0 } keys %copies }, \%copies,
    'placed orders are in the topic once, and refused ones are not');

# a queue that is full

sub answer {
    my ($r) = @_;
    my ($type) = ($r->{json}{type} // '') =~ /([\w-]+)$/;
    return join ' ', $r->{status}, $type // (), $r->{json}{outcome} // (),
        map { defined $r->{headers}{$_} ? $_ : () } qw(retry-after location);
}
my $full = '503 backlog-full none retry-after';

sub post_full {
    my ($buyer, $key, %more) = @_;
    return answer($n->request('POST', '/full/orders', { 'Idempotency-Key' => $key },
        { buyer_id => $buyer, items => [{ sku => $FULL, quantity => 1 }], %more }));
}

my $first = $buyers[0][0];
$mock->do('late', $PRODUCE, 8000);     # so long a slow machine has for what follows
$unacked_order = $n->send_order('/full/orders', $FULL, $first, 'first');
ok(wait_for(sub { due($FULL) == 1 }, 5), 'an order fills the queue');
is(post_full('u-1'), $full, "an order above the queue's bound is refused");
is(post_full('u-1', 'key'), $full, "an order with a key above the queue's bound is refused");
is(post_full($first, 'first'), '202 location',
    'a repetition of the first order is accepted although the queue is full');
is(post_full($first, 'first', metadata => {}), '422 idempotency-key-reused none',
    'a repetition with another body is refused');
my $r = $n->request('PUT', "/full/stock/$FULL", undef, { total => 5000 });
is("$r->{status} $r->{json}{published} $r->{json}{sold}", '202 0 1',
    'stock is changed although the queue is full');
like((answered($unacked_order))[0], qr/^20[12]$/, 'the order is placed, or accepted while it is late');
ok(wait_for(sub { due($FULL) == 1 }, 20), 'the change of stock is due, the order is not');
is(post_full('u-1', 'key'), '201 location', 'the second order is placed when the queue has room');

my %answers;
$answers{ answer($_) }++ for load($n, 30, map { { method => 'POST', path => '/full/orders',
    body => { buyer_id => "v-$_", items => [{ sku => $FULL, quantity => 1 }] } } } 1 .. 30);
($placed, my $accepted) = map { $_ // 0 } @answers{'201 location', '202 location'};
is($placed + $accepted + ($answers{$full} // 0), 30,
    'each of many orders at once is placed, accepted or refused') or diag explain \%answers;
ok(wait_for(sub { due($FULL) == 1 + $accepted }, 5), 'the accepted orders are due');
is($n->stock($FULL)->{sold}, 2 + $placed + $accepted, 'the stock counts the placed and the accepted orders');

# brokers that are gone

$accepted = grep { (answered($_))[0] == 202 } @gone[1 .. $#gone];
is($accepted, $#gone, 'without brokers orders are accepted');
@gone = ();
wait_for(sub { $accepted < (() = slurp("$n->{dir}/gone.log") =~ /\n/g) });
cmp_ok(max(slurp("$n->{dir}/gone.log") =~ /^202 (\S+)$/mg), '<', 20,
    'orders without brokers are given up soon after message.timeout.ms');

# a worker that ends with a producer that can't go on

$mock->do('fail', $PRODUCE, $OUT_OF_ORDER);
is(place()->{status}, 202, 'the last order is accepted');
$begun = time;
$n->signal('TERM');
ok($n->{process}->wait_end(10), 'nginx is stopped');
cmp_ok(time - $begun, '<', 20, 'nginx stops long before trade_timeout is over');

$t->done;
