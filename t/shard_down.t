# A shard that is down, or silent, closes its own SKUs and no others: the rest
# sells on at full speed, and it sells again when it is back.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use IO::Select;
use Test::More;
use Time::HiRes qw(time);
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(wait_for);
use Trade::Proxy;

my $t = Trade->new;
my ($a, $b) = ($t->redis('a'), $t->redis('b'));
my $proxy = Trade::Proxy->new(to => $a->address);
my $kafka = $t->kafka;
my %address = (A => $proxy->address, B => $b->address,
    KAFKA => $kafka->address);

my $conf = <<'EOF';
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_timeout 25s;
    trade_redis stock {
        server %%A%% name=a;
        server %%B%% name=b;
        timeout 1500ms;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

my $n = $t->nginx($conf, %address)->start;

my %sku;        # one of each shard
for my $sku (map { "S-$_" } 1 .. 8) {
    $n->put_stock($sku, total => 1000);
    my $slot = sprintf 'trade:{s%d}:slot', crc32($sku) % 4096;
    $sku{ $a->cmd('EXISTS', $slot) ? 'a' : 'b' } //= $sku;
}

my $buyers = 0;
sub sells {
    my ($server, $sku, $orders, $name) = @_;
    my @r = load($server, 16,
        map { order([$sku => 1], 'u-' . ++$buyers) } 1 .. $orders);
    is(scalar(grep { $_->{status} == 201 } @r), $orders, $name);
    return $r[0]{json}{order_id};
}

sub state_of {
    my ($server, $name) = @_;
    my ($shard) = grep { $_->{name} eq $name } @{ $server->status->{shards} };
    return $shard->{state};
}

sub wait_state {
    my ($server, $name, $state) = @_;
    ok(wait_for(sub { state_of($server, $name) eq $state }, 20, 0.1),
        "shard $name is shown as $state");
}

# Both workers have found shard a so often, and shard b once.
sub wait_back {
    my ($server, $times) = @_;
    $server->wait_ups(2 * $times + 2);
    is(state_of($server, 'a'), 'up', 'shard a is up again');
}

sub closed {
    my ($server, $name, $request) = @_;
    my $begun = time;
    my $r = $request->($server);
    cmp_ok(time - $begun, '<', 15, "$name: answered long before trade_timeout is over");
    is($r->{status}, 503, "$name: 503");
    is($r->{json}{type}, 'urn:trade-gateway:problem:shard-down',
        "$name: shard-down");
    is($r->{json}{outcome}, 'none', "$name: the order has no effect");
    cmp_ok($r->{headers}{'retry-after'} // 0, '>=', 1, "$name: the answer has Retry-After");
    is($r->{headers}{location}, undef, "$name: the answer has no Location");
}

my $id = sells($n, $sku{a}, 1, 'shard a sells');
sells($n, $sku{b}, 1, 'shard b sells');
is(state_of($n, $_), 'up', "shard $_ is up") for qw(a b);

# silent: its orders wait, the others do not

$proxy->stall;
my @waiting = map {
    my $body = qq({"buyer_id":"w-$_","items":[{"sku":"$sku{a}","quantity":1}]});
    my $s = $n->connect;
    print $s join "\r\n", 'POST /v1/orders HTTP/1.0',
        'Content-Type: application/json', 'Content-Length: ' . length $body,
        '', $body;
    $s;
} 1 .. 4;
ok(wait_for(sub { $n->status->{in_flight} == 4 }), 'orders wait for shard a');
sells($n, $sku{b}, 200, 'shard b sells on while shard a is silent');
my @early = IO::Select->new(@waiting)->can_read(0);
is(@early, 0, 'the orders for shard a still wait');
like(scalar <$_>, qr{^HTTP/1\.1 503 }, 'the orders for shard a are answered when it speaks again') for @waiting;
undef @waiting;

# down

$proxy->refuse;
$proxy->cut;
$a->stop;
wait_state($n, 'a', 'down');
is(state_of($n, 'b'), 'up', 'shard b stays up');

closed($n, @$_) for (
    ['an order', sub { $_[0]->order([$sku{a} => 1], 'u-down', 'k-down') }],
    ['a look-up', sub { $_[0]->get("/v1/orders/$id") }],
    ['its stock', sub { $_[0]->get("/v1/stock/$sku{a}") }],
    ['a change of it', sub { $_[0]->put_stock($sku{a}, total => 5) }],
);
my @refused = load($n, 16, map { order([$sku{a} => 1], "d-$_") } 1 .. 200);
is(scalar(grep { $_->{status} == 503 } @refused), 200, 'every order for the shard is refused');
sells($n, $sku{b}, 200, 'shard b sells on while shard a is down');
my $tries = () = $n->error_log =~ /shard "a" .* can't be connected to/g;
cmp_ok($tries, '<', 50, 'shard a is tried again, but not for each order');

# back

$a->start;
$proxy->pass;
wait_back($n, 2);
is($n->order([$sku{a} => 1], 'u-down', 'k-down')->{status}, 201,
    'the order that was refused is placed now');
sells($n, $sku{a}, 50, 'shard a sells again');
is($n->get("/v1/orders/$id")->{status}, 200, 'shard a has the orders of before');
ok(wait_for(sub { !grep { $_ } @{ $n->status }{qw(in_flight pending)} }),
    'no order is left in nginx');
is($n->stock($sku{a})->{sold}, 52, 'the stock of shard a counts the orders that were answered');
is($n->stock($sku{b})->{sold}, 401, 'the stock of shard b counts the orders that were answered');
is(@{ $_->cmd('KEYS', '*:due') }, 0, 'no event is due') for $a, $b;

# down when nginx starts

$a->stop;
$proxy->refuse;
my $late = $t->nginx($conf, %address);
ok(($late->check)[0], 'nginx -t is content with a shard that is down');
$late->start(up => 2);
wait_state($late, 'a', 'down');
closed($late, 'an order of a shard that never was up',
    sub { $_[0]->order([$sku{a} => 1], 'u-late') });
sells($late, $sku{b}, 10, 'the other one sells');
$a->start;
$proxy->pass;
wait_back($late, 1);
sells($late, $sku{a}, 10, 'and so does this one once it is there');

$t->done;
