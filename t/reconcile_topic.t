# tradectl reconcile and the topic: it notices events that were altered, events
# that are gone from the topic's start, and wrong arguments.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;
use Trade::Ctl;
use Trade::Load qw(load order);
use Trade::Process qw(free_port spew wait_for);

my $t = Trade->new;
my $a = $t->redis('a');
my ($kafka, $topic) = ($t->kafka, $t->topic);

my $n = $t->nginx(<<'CONF', A => $a->address, KAFKA => $kafka->address)->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock { server %%A%% name=a; }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_kafka buyers { brokers %%KAFKA%%; topic %%TOPIC%%; key buyer_id; }
    trade_redis same { server %%A%% name=a; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /buyers/orders { trade_orders same buyers; }
    }
}
CONF

my $ctl = Trade::Ctl->new(dir => $t->dir, shards => { a => $a },
    kafka => $kafka, topic => $topic);

sub field { my ($sku, $field) = @_; $a->cmd('HGET', $ctl->key($sku, 'slot'), $field) }
sub reason { field($_[0], 'c') // 'open' }

my $buyers = 0;
sub sells {
    my ($sku, $orders, $path) = @_;
    my @r = load($n, 16, map {
        my $r = order([$sku => 1], 'u-' . ++$buyers, "k-$buyers");
        $r->{path} = $path if $path;
        $r;
    } 1 .. $orders);
    is(scalar(grep { $_->{status} == 201 } @r), $orders, "$sku: $orders are sold");
    ok(wait_for(sub { !$a->cmd('ZCARD', $ctl->key($sku, 'due')) }), "$sku: all events are acked");
    return map { $_->{json}{order_id} } @r;
}

sub put { my ($sku, $total) = @_; is($n->put_stock($sku, total => $total)->{status}, 200, "stock of $sku") }

sub forget { my ($sku) = @_; $a->cmd('DEL', @{ $a->cmd('KEYS', $ctl->key($sku, '*')) }) }

sub reconciles {
    my ($sku, $code, $name, @args) = @_;
    my ($got, $said) = $ctl->reconcile('-w', 0, @args, $ctl->slot($sku));
    is($got, $code, "$name: exit code") or diag($said);
    return $said;
}

# Wrong arguments; nothing is closed for them.

put('A-1', 100);
my ($first, @ids) = sells('A-1', 5);
my $slot = $ctl->slot('A-1');
my @to = ('-b', $kafka->address, '-T', $topic);
for (
    ['no seconds', [@to, '-w', 'x', $slot], qr/-w x: seconds expected/],
    ['too short a life', [@to, '-K', '3600', $slot], qr/-K 3600: seconds expected, at least 86400, or "off"/],
    ['another slot', [@to, 4096], qr/"4096" is no slot \(0 to 4095\), no shard, and not "all"/],
    ['another shard', [@to, 'b'], qr/"b" is no slot/],
    ['a property without a value', [@to, '-X', 'client.id', $slot], qr/-X client.id: name=value expected/],
    ['an unknown property', [@to, '-X', 'clown=x', $slot], qr/-X clown=x: No such configuration property: "clown"/],
    ['a log that there is not', [@to, '-l', '/nonexistent', $slot], qr{/nonexistent: No such file}],
    ['another topic', ['-b', $kafka->address, '-T', 'no-such-topic', $slot],
        qr/topic no-such-topic: Broker: Unknown topic or partition/],
    ['another broker', ['-b', '127.0.0.1:' . free_port(), '-T', $topic, $slot],
        qr/Kafka does not answer: /],
) {
    my ($name, $args, $text) = @$_;
    my ($code, $said) = $ctl->run('reconcile', @$args);
    is($code, 2, "$name: exit code");
    like($said, $text, "$name: tradectl says so");
}
is(reason('A-1'), 'open', "a reconcile that can't begin closes no slot");
unlike(`kcat -L -b @{[$kafka->address]}`, qr/no-such-topic/, "a reconcile that can't begin creates no topic");

# The topic of somebody else is not taken for an empty one.

my ($code, $said) = $ctl->run('reconcile', '-b', $kafka->address, '-T', 'ready', '-w', 0, $slot);
is($code, 2, 'the topic of somebody else gives exit code 2');
like($said, qr/the topic has no event of it/, 'reconcile says that the topic has no event of the slot');
is(reason('A-1'), 'reconcile', 'a slot whose topic was wrong stays closed');
forget('A-1');
is($n->order(['A-1' => 1], 'u-0')->{status}, 503, 'a loss is noticed');
($code, $said) = $ctl->run('reconcile', '-b', $kafka->address, '-T', 'ready', '-w', 0, $slot);
is($code, 2, 'the topic of somebody else gives exit code 2 when nothing is left, too');
like(reason('A-1'), qr/^regressed/, 'a lost slot whose topic was wrong stays closed');
is($ctl->run('reconcile', @to, '-w', 0, $slot), "slot $slot: was closed: regressed 6\n"
    . "slot $slot: restored: 5 orders, the stock of 1 SKUs\n"
    . "slot $slot: OPENED 1048582 regressed 6\n", 'the right topic repairs the slot');

# Kafka's key may be the buyer: it is found in the event.

put('B-1', 100);
my ($by_buyer) = sells('B-1', 3, '/buyers/orders');
my $record = $a->cmd('GET', $ctl->key('B-1', "order:$by_buyer"));
like($record, qr/^b\d* - -$/m, 'a record says which kind of key it has');
forget('B-1');
is($n->order(['B-1' => 1], 'u-0')->{status}, 503, 'a loss is noticed');
reconciles('B-1', 0, 'keyed by buyer');
is($a->cmd('GET', $ctl->key('B-1', "order:$by_buyer")), $record, 'a restored record has its kind of key, too');

# Copies are no harm; with other content they are an alarm.

sub publishes {
    my ($r, %change) = @_;
    my %headers = (%{ $r->{headers} }, %{ delete $change{headers} || {} });
    my %r = (%$r, %change);
    my @h = map { ('-H', "$_=$headers{$_}") } grep { defined $headers{$_} } sort keys %headers;
    open my $k, '|-', 'kcat', '-P', '-b', $kafka->address, '-t', $topic,
        '-p', $r->{partition}, '-k', $r{key}, @h or die "kcat: $!\n";
    print $k $r{payload};
    close $k or die "kcat: $?\n";
}

sub record_of {
    my ($id) = @_;
    my ($r) = grep { ($_->{headers}{ce_id} // '') eq "$id.1" } $kafka->records($topic);
    return $r;
}

publishes(record_of($first));
publishes(record_of($first), headers => { ce_source => '/elsewhere',
    traceparent => '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' });
publishes(record_of($first), headers => { ce_id => undef }, payload => 'x');
publishes({ partition => 0, key => 'x', payload => 'no order', headers => { ce_id => 'x.1' } });
unlike(reconciles('A-1', 0, 'copies'), qr/ALARM/, 'copies, and messages of others, raise no alarm');

my %altered = (
    'another quantity' => sub { $_[0]{payload} =~ s/"quantity":1/"quantity":2/r },
    'another buyer' => sub { $_[0]{payload} =~ s/"buyer_id":"u-/"buyer_id":"v-/r },
    'another time' => sub {
        ($_[0]{payload} =~ s/"created_at":"2/"created_at":"3/r,
            headers => { ce_time => $_[0]{headers}{ce_time} =~ s/^2/3/r }) },
);
my $skus = 0;
for my $name (sort keys %altered) {
    my $sku = 'C-' . ++$skus;
    put($sku, 100);
    my ($id, $other) = sells($sku, 2);
    my $r = record_of($id);
    my ($payload, @more) = $altered{$name}->($r);
    publishes($r, payload => $payload, @more);
    my ($code, $said) = $ctl->compare($ctl->slot($sku));
    is($code, 1, "$name, to compare: exit code");
    like($said, qr/ALARM: $id has other content at partition \d+, offset \d+ than in Redis/,
        "$name: the alarm names it");
    forget($sku);
    is($n->order([$sku => 1], 'u-0')->{status}, 503, 'a loss is noticed');
    like(reconciles($sku, 1, "$name, nothing left"),
        qr/ALARM: $id has other content .* than before in the topic/, "$name: reconcile raises the alarm, too");
    isnt(reason($sku), 'open', "$name: the slot stays closed");
}

my %strange = (
    'a value that is no order' => [payload => '{"order_id":1}'],
    'a value written otherwise' => [sub { payload => $_[0]{payload} =~ s/,"items"/, "items"/r }],
    'another key' => [key => 'x'],
    'another version' => [headers => { trade_versions => '1=1' }],
    'another type' => [headers => { ce_type => 'trade.order.eaten.v1' }],
    'another subject' => [headers => { ce_subject => 'x' }],
);
for my $name (sort keys %strange) {
    my $sku = 'D-' . ++$skus;
    put($sku, 100);
    my ($id) = sells($sku, 2);
    my $r = record_of($id);
    my @change = @{ $strange{$name} };
    publishes($r, ref $change[0] ? $change[0]->($r) : @change);
    like(reconciles($sku, 1, $name),
        qr/ALARM: the event of $id at partition \d+, offset \d+ is not as a gateway writes it: its /,
        "$name is an alarm");
    isnt(reason($sku), 'open', "$name: the slot stays closed");
}

# a record in Redis that is altered

put('E-1', 100);
my ($e) = sells('E-1', 2);
my $key = $ctl->key('E-1', "order:$e");
my $good = $a->cmd('GET', $key);
$a->cmd('SET', $key, $good =~ s/"u-/"v-/r);
like(reconciles('E-1', 1, 'a record altered'), qr/ALARM: $e has other content/, 'an altered record raises an alarm');
$a->cmd('SET', $key, 'x');
like(reconciles('E-1', 2, 'a record that is none'), qr/ALARM: the record of $e can't be read/,
    "a record that can't be read raises an alarm");
$a->cmd('SET', $key, $good);
reconciles('E-1', 0, 'made good');
is(reason('E-1'), 'open', 'a slot whose record was made good is opened');

# The topic's start is gone.

put($_, 100) for qw(G-1 G-2 G-3);
sells($_, 3) for qw(G-1 G-3);

# the partitions of what a SKU's events, or its orders, are in
sub partitions {
    my ($kind, $sku) = @_;
    return map { $_->{partition} } grep { ($_->{headers}{ce_type} // '') =~ /$kind/
        && $_->{payload} =~ /"sku":"$sku"/ } $kafka->records($topic);
}
$a->cmd('HGET', $ctl->key('G-3', 'slot'), 'v');

sub deletes {
    my ($offset, @partitions) = @_;
    for my $p (@partitions) {
        system("$ENV{TRADE_OUT}/t/kafka_delete", $kafka->address, $topic, $p, $offset) == 0
            or die "kafka_delete\n";
        # the log goes on, so that it says when it starts
        publishes({ partition => $p, key => 'x', payload => 'x', headers => {} });
    }
}

# G-3 is rolled back to before its orders
my %g3 = @{ $a->cmd('HGETALL', $ctl->key('G-3', 'slot')) };

# all but where that of one SKU lies, which is not where G-1's or the orders of G-3
# are: of its own orders the first are gone
my $keep;
my $G5 = 'GE50';
wait_for(sub {
    put(++$G5, 1000);
    ($keep) = partitions('stock', $G5);
    return !grep { $_ == $keep } partitions('.', 'G-1'), partitions('order', 'G-3');
}) or die "no such partition\n";
ok(wait_for(sub { sells($G5, 5); return grep { $_ != $keep } partitions('order', $G5) }, 30, 0.3),
    "$G5: some orders lie in other partitions than its stock");
deletes(-1, grep { $_ != $keep } 0 .. 5);
sells('G-1', 2);
put('G-4', 100);
sells('G-4', 15);
$a->cmd('HINCRBY', $ctl->key('G-4', 'slot'), 'v', 1);       # a 202 that is lost
sells('G-4', 15);
sells($G5, 30);
sells('G-3', 30);

# a slot that needs nothing of it
$said = reconciles('G-1', 0, 'the start is gone, nothing lost');
is(reason('G-1'), 'open', 'a slot that has lost nothing is opened although the start of the topic is gone');

forget($_) for qw(G-1 G-4), $G5;
for (qw(G-1 G-4), $G5) {
    is($n->order([$_ => 1], 'u-0')->{status}, 503, 'a loss is noticed');
}
like(reconciles('G-1', 2, 'nothing left, the start gone'),
    qr/not done: G-1: Redis has nothing of it, and its first event in the topic is an order/,
    'a SKU whose first event is gone is not restored, and named');
like(reason('G-1'), qr/^regressed/, 'a slot with a SKU that is not restored stays closed');
is(field('G-1', 'total|G-1'), undef, 'a SKU whose first event is gone gets no stock');
like(reconciles($G5, 2, 'nothing left, orders gone'),
    qr/not done: $G5: Redis has nothing of it, and orders up to version \d+ may have left/,
    'a SKU that has lost orders in the topic is not restored, and named');
like(reason($G5), qr/^regressed/, 'a slot whose orders have left the topic stays closed');
like(reconciles('G-4', 1, 'begun since'), qr/: 1 orders or changes of stock are neither in Redis nor in the topic$/m,
    'a version that is missing behind the start counts as missing');
is($n->stock('G-4')->{sold}, 30, 'orders behind the start of the topic are restored');

my @records = @{ $a->cmd('KEYS', $ctl->key('G-3', 'order:*')) };
$a->cmd('DEL', @records, $ctl->key('G-3', 'bought:G-3'));
$a->cmd('HSET', $ctl->key('G-3', 'slot'), 'v', 1, 'available|G-3', 100);
like(reconciles('G-3', 2, 'rolled back to before the start'),
    qr/not done: version 1 survived, and events up to version 4 may have left/,
    'a slot that was rolled back to before the start is not restored, and named');
is(reason('G-3'), 'reconcile', 'a slot that was rolled back to before the start stays closed');

# stock that had been sold when the log starts
put('H-1', 100);
sells('H-1', 2);
deletes(-1, 0 .. 5);
put('H-1', 200);
sells('H-1', 1);
my ($c, $d) = $ctl->compare($ctl->slot('H-1'));
is($c, 0, 'stock is compared from its last change on') or diag($d);
forget('H-1');
is($n->order(['H-1' => 1], 'u-0')->{status}, 503, 'a loss is noticed');
like(reconciles('H-1', 2, 'sold before the start'),
    qr/not done: H-1: Redis has nothing of it, and the topic starts after its first sale/,
    'a SKU that was sold before the start is not restored, and named');

$t->done;
