# Acknowledged writes that are gone from Redis are noticed: their slot closes,
# for all and for good, until an operator opens it with tradectl.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use File::Path qw(remove_tree);
use Test::More;
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(free_port slurp spew wait_for);
use Trade::Proxy;

my $t = Trade->new;
my $dir = $t->dir;
my $a = $t->redis('a', args => ['--appendfsync', 'always']);
my $b = $t->redis('b');

my $proxy = Trade::Proxy->new(to => $a->address);

my $n = $t->nginx(<<'EOF', A => $a->address, PROXY => $proxy->address, KAFKA => $t->kafka->address)->start;
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    log_format worker '$pid $status';
    access_log %%TESTDIR%%/worker.log worker;

    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }

    # the same shard, by a gateway that may learn late that orders are recorded
    trade_redis late {
        server %%PROXY%% name=a;
        timeout 30s;
    }
    trade_kafka late { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_lease 60s;

    server {
        listen 127.0.0.1:%%PORT%% reuseport;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /late/orders { trade_orders late late; trade_timeout 30s; }
        location /trade { trade_status; }
    }
}
EOF

my $ups = 4;            # workers times blocks
sub wait_up { $n->wait_ups($ups += 4) }

sub slot { crc32($_[0]) % 4096 }
sub key { my ($sku, $kind) = @_; 'trade:{s' . slot($sku) . "}:$kind" }
sub reason { $a->cmd('HGET', key($_[0], 'slot'), 'c') // 'open' }
sub lost { sprintf '/v1/orders/%03x-%s', slot($_[0]), '0' x 26 }
sub get { my ($id) = @_; $n->get("/v1/orders/$id") }

# So many orders, each of another buyer, with another key: u-1 and k-1, ...
my $buyers = 0;
sub sells {
    my ($sku, $orders, $name) = @_;
    my @r = load($n, 16,
        map { order([$sku => 1], 'u-' . ++$buyers, "k-$buyers") } 1 .. $orders);
    is(scalar(grep { $_->{status} == 201 } @r), $orders, $name);
    return map { $_->{json}{order_id} } @r;
}

# So many that each worker has had some.
sub sells_everywhere {
    my ($sku, $name) = @_;
    spew("$n->{dir}/worker.log", '');
    sells($sku, 48, $name);
    my %by;
    wait_for(sub {
        %by = map { $_ => 1 } slurp("$n->{dir}/worker.log") =~ /(\d+) 201/g;
        return keys %by == 2;
    });
    is(keys %by, 2, "$name, by each worker");
}

sub closed {
    my ($name, $r) = @_;
    my ($type) = ($r->{json}{type} // '') =~ /([\w-]+)$/;
    is(join(' ', $r->{status}, $type // '-', $r->{json}{outcome} // '-',
        $r->{headers}{'retry-after'} ? 'again' : ()),
        '503 slot-closed none again', "$name is refused");
}

sub alarmed {
    my ($sku) = @_;
    my $slot = slot($sku);
    ok(wait_for(sub { $n->error_log =~ /\[crit\] .* slot $slot of shard "a" has lost ack/ }),
        'the log has the alarm');
    my ($line) = $n->error_log =~ /(\[crit\] .* slot $slot of shard "a" has lost ack.*)/;
    like($line // '', qr/^(?:(?!tradectl open).)*"tradectl reconcile $slot"/,
        'the alarm names "tradectl reconcile" with the slot before "tradectl open"');
}

sub acked {
    my ($sku) = @_;
    ok(wait_for(sub { !$a->cmd('ZCARD', key($sku, 'due')) }), "$sku is acked");
}

# The message of tradectl, and its exit code.
my $shards = "$dir/shards.conf";
spew($shards, "# the shards\nserver " . $a->address . " name=a;  # one\n");

sub tradectl {
    my ($args) = @_;
    my $said = qx($ENV{TRADE_OUT}/tradectl $args 2>&1);
    return ($? >> 8) . " $said";
}

sub opens {
    my ($sku) = @_;
    my $slot = slot($sku);
    my $reason = reason($sku);
    like(tradectl("-c $shards open $slot"),
        qr/^0 slot $slot of shard a: OPENED \d+ $reason\n$/, 'tradectl opens it');
    is(reason($sku), 'open', "tradectl open opens the slot of $sku");
}

# Takes Redis back to where it is now, after what is done meanwhile.
sub rolled_back {
    my ($meanwhile) = @_;
    my $aof = "$a->{dir}/appendonlydir";
    system('cp', '-r', $aof, "$aof.now") == 0 or die "cp\n";
    $meanwhile->();
    $a->stop;
    remove_tree($aof);
    rename "$aof.now", $aof or die "rename: $!\n";
    $a->start;
    wait_up();
}

# FLUSHALL

my $identity = $a->cmd('GET', 'trade:shard');
$n->put_stock("F-$_", total => 1000) for 1 .. 3;
sells_everywhere('F-1', 'F-1 sells');
my ($f1) = sells('F-1', 1, 'and once more');
my ($f2) = sells('F-2', 1, 'F-2 sells');
acked("F-$_") for 1, 2;

$a->cmd('FLUSHALL');

closed('an order', $n->order(['F-1' => 1], 'u-0'));
alarmed('F-1');
my $known = 1 + 48 + 1;
is_deeply($a->cmd('KEYS', '*'), [key('F-1', 'slot')], 'a loss closes the slot that was asked, and no other');
is_deeply($a->cmd('HGETALL', key('F-1', 'slot')), ['c', "regressed $known"],
    'the loss leaves nothing in the slot except the reason');
closed('a lost order', get($f1));
closed('an order that never was', $n->get(lost('F-1')));
closed('the stock', $n->get('/v1/stock/F-1'));
closed('a change of it', $n->put_stock('F-1', total => 5));
my @r = load($n, 16, map { order(['F-1' => 1], "c-$_") } 1 .. 32);
is(scalar(grep { $_->{json}{type} =~ /:slot-closed$/ } @r), 32, 'every request to a closed slot is refused');

is(reason("F-$_"), 'open', "F-$_ is not touched yet") for 2, 3;
closed('a lost order elsewhere', get($f2));
alarmed('F-2');
closed('stock elsewhere', $n->request('PATCH', '/v1/stock/F-3',
    { 'Idempotency-Key' => 'f-3' }, { delta => 1 }));
alarmed('F-3');
like(reason("F-$_"), qr/^regressed \d$/, "F-$_ is closed now") for 2, 3;
is($n->get(lost('F-9'))->{status}, 404, 'a slot that lost nothing is open');
cmp_ok($n->status->{regressed}, '>=', 3, 'trade_status counts the loss');

opens('F-1');
is($a->cmd('GET', 'trade:shard'), $identity, 'the shard keeps its identity');
is(get($f1)->{status}, 404, 'an order that is lost is unknown now');
is($n->order(['F-1' => 1], 'u-0')->{status}, 404, 'the stock of a slot that was opened without reconcile is unknown');
is($n->put_stock('F-1', total => 100)->{status}, 200, 'the stock is set again');
sells_everywhere('F-1', 'the slot sells again');
is($n->stock('F-1')->{sold}, 48, 'the slot sells from the start');
isnt(reason('F-2'), 'open', 'the other lost slots are still closed');

# rolled back, and noticed by the version

$n->put_stock($_, total => 100) for qw(R-1 R-2 L-1 L-2);
sells('R-2', 1, 'R-2 sells');
my ($kept) = sells('R-1', 1, 'R-1 sells');
my $kept_by = $buyers;
acked($_) for qw(R-1 R-2);

my ($gone, $gone_by);
rolled_back(sub {
    (undef, $gone) = sells('R-1', 2, 'R-1 sells more');
    $gone_by = $buyers;
    # the workers that saw these orders go; what shared memory knows stays
    my %old = map { $_ => 1 } $n->workers;
    $n->signal('HUP');
    wait_for(sub { !grep { $old{$_} } $n->workers });
    wait_up();
});

closed('an order in a slot rolled back', $n->order(['R-1' => 1], 'u-0'));
alarmed('R-1');
is(reason('R-1'), 'regressed 4', 'the slot is closed for the version that was seen');
sells('R-2', 8, 'a slot that lost nothing sells on');

# The requests that a closed slot refuses, and those that it still answers.
sub stays_closed {
    my ($who) = @_;
    closed("$who: an order", $n->order(['R-1' => 1], 'u-0'));
    closed("$who: a lost order", get($gone));
    closed("$who: its repetition",
        $n->order(['R-1' => 1], "u-$gone_by", "k-$gone_by"));
    is(get($kept)->{status}, 200, "$who: a kept order is found");
    my $r = $n->order(['R-1' => 1], "u-$kept_by", "k-$kept_by");
    is("$r->{status} " . ($r->{json}{order_id} // ''), "201 $kept",
        "$who: the order's repetition is answered");
}

stays_closed('who has noticed');
$a->stop;
$a->start;
wait_up();
stays_closed('Redis restarted');
$n->stop('QUIT');
$n->start;
wait_up();
stays_closed('nginx restarted');

opens('R-1');
sells_everywhere('R-1', 'R-1 sells again');
is(get($gone)->{status}, 404, 'a lost order is unknown');
is(get($kept)->{status}, 200, 'an order that survived is known');
is($n->stock('R-1')->{sold}, 1 + 48, 'the stock counts the orders that survived');

# rolled back, and outrun: noticed by the last order that was seen

sells_everywhere($_, "$_ sells") for qw(L-1 L-2);
acked($_) for qw(L-1 L-2);
rolled_back(sub { sells_everywhere('L-1', 'L-1 sells more') });
$a->cmd('HSET', key($_, 'slot'), 'v', 5000) for qw(L-1 L-2);

closed('an order in a slot whose version is higher',
    $n->order(['L-1' => 1], 'u-0'));
alarmed('L-1');
sells_everywhere('L-2', 'a slot that lost nothing sells on');
opens('L-1');
cmp_ok($a->cmd('HGET', key('L-1', 'slot'), 'v'), '>', 5000, 'the version of the opened slot has grown');
sells_everywhere('L-1', 'L-1 sells again');

# lost between an order and its acknowledgement

# Orders one unit and returns when the order is recorded, and the gateway does
# not know that yet.
sub orders_late {
    my ($sku, $buyer) = @_;
    my $body = qq({"buyer_id":"$buyer","items":[{"sku":"$sku","quantity":1}]});
    my $client = $n->connect;
    my $due = $a->cmd('ZCARD', key($sku, 'due'));
    $proxy->stall('reply');
    print $client join "\r\n", 'POST /late/orders HTTP/1.0',
        'Content-Type: application/json', 'Content-Length: ' . length $body, '',
        $body;
    ok(wait_for(sub { $a->cmd('ZCARD', key($sku, 'due')) > $due }), "$buyer: an order of $sku is recorded");
    return $client;
}

sub placed_late {
    my ($client, $name) = @_;
    $proxy->pass;
    like(scalar <$client>, qr{^HTTP/1.1 201 }, $name);
    close $client;
    ok(wait_for(sub { !$n->status->{in_flight} }), "$name: the ack is over");
}

$n->put_stock("A-$_", total => 10) for 1 .. 3;
acked("A-$_") for 1 .. 3;
my $client = orders_late('A-1', 'u-0');
my $regressed = $n->status->{regressed};
$a->cmd('DEL', @{ $a->cmd('KEYS', key('A-1', '*')) });
placed_late($client, 'the event of the recorded order is in Kafka');
ok(wait_for(sub { reason('A-1') ne 'open' }), 'the slot of the recorded order is closed');
alarmed('A-1');
ok(wait_for(sub { $n->status->{regressed} == $regressed + 1 }), 'trade_status counts it');

# an order is lost, and later ones are not: its own acknowledgement tells

my @clients = map { orders_late('A-2', "u-$_") } 0 .. 4;
my ($lost) = $a->cmd('ZRANGE', key('A-2', 'due'), 0, 0)->[0] =~ /^(.*)\.1$/;
$a->cmd('ZREM', key('A-2', 'due'), "$lost.1");
$a->cmd('DEL', key('A-2', "order:$lost"));
placed_late($_, 'an order of A-2 is placed') for @clients;
isnt(reason('A-2'), 'open', 'the ack of an order that is lost alone closes the slot');
alarmed('A-2');

# another worker was first to acknowledge: nothing is lost

my $ack_lost = $n->status->{ack_lost};
$client = orders_late('A-3', 'u-0');
$a->cmd('DEL', key('A-3', 'due'));
placed_late($client, 'an order that another worker has acknowledged is placed');
is(reason('A-3'), 'open', 'an ack that comes second leaves the slot open');
is($n->status->{ack_lost}, $ack_lost, 'an ack that comes second is not lost');

# tradectl

sub shards {
    my ($name, $text) = @_;
    spew("$dir/$name.conf", $text);
    return "-c $dir/$name.conf";
}

$b->cmd('SET', 'trade:shard', 'b ' . '0' x 32);
my $closed = slot('A-1');
for (
    (map { ["slot $_", "-c $shards open $_", 2, qr/"$_" is no slot: 0 to 4095/] }
        qw(4096 99999999999999999999 1x s1)),
    ['no file', '-c /nonexistent open 1', 1, qr/No such file/],
    ['a line of another kind', shards('line', "server x name=a;\nlisten 80;")
        . ' open 1', 1, qr/line\.conf:2: "server ADDRESS .*" expected/],
    ['a parameter of another kind', shards('parameter', 'server x max=1;')
        . ' open 1', 1, qr/parameter\.conf:1: name= or weight= expected/],
    ['no shard', shards('empty', "# none\n") . ' open 1', 1, qr/there is no "server" in it/],
    ['another ring', shards('ring', 'server ' . $a->address . ' name=a weight=2;')
        . " open $closed", 1, qr/is another shard, or of another ring/],
    ['another shard', shards('shard', 'server ' . $b->address . ' name=a;')
        . " open $closed", 1, qr/is another shard, or of another ring/],
    ['no server', shards('down', 'server 127.0.0.1:' . free_port() . ' name=a;')
        . ' open 1', 1, qr/shard a .*: Connection refused/],
    ['a slot that is open', "-c $shards open " . slot('R-1'), 0,
        qr/^slot \d+ of shard a is not closed$/],
) {
    my ($name, $args, $code, $text) = @$_;
    my ($got, $said) = split ' ', tradectl($args), 2;
    is($got, $code, "tradectl, $name: exit code");
    like($said, $text, "tradectl, $name: the message says so");
}
isnt(reason('A-1'), 'open', 'the closed slot stays closed');

$t->done;
