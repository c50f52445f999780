# With durability an order is placed only when its replicas have it: else it
# is not published, the answer says that nobody knows, and names it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use JSON::PP;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(slurp spew wait_for);
use Trade::Proxy;

my $t = Trade->new;
my $dir = $t->dir;
my $topic = $t->topic;
my $kafka = $t->kafka;
my $a = $t->redis('a', args => [qw(--repl-diskless-sync-delay 0)]);
my $front = Trade::Proxy->new(to => $a->address);
my $link = Trade::Proxy->new(to => $a->address);
my $replica = $t->redis('replica',
    args => ['--replicaof', split /:/, $link->address]);

my $n = $t->nginx(<<'EOF', A => $front->address, KAFKA => $kafka->address)->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_lease 120s;       # nobody sweeps meanwhile
    trade_redis stock {
        server %%A%% name=a;
        connections 3;
        durability 1 1s;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; property message.timeout.ms 20000; }

    # the same shard, over one connection, and with patience
    trade_redis patient {
        server %%A%% name=a;
        connections 1;
        timeout 9s;
        durability 1 8s;
    }
    trade_kafka again { brokers %%KAFKA%%; topic %%TOPIC%%; property message.timeout.ms 20000; }

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; trade_timeout 25s; }
        location /patient/orders { trade_orders patient again; trade_timeout 9s; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

sub offset { $_[0]->cmd('INFO', 'replication') =~ /$_[1]:(\d+)/ ? $1 : -1 }

sub wait_replica {
    ok(wait_for(sub {
        $a->cmd('INFO', 'replication') =~ /^slave0:.*state=online,offset=(\d+)/m
            && $1 == offset($a, 'master_repl_offset');
    }, 20), 'the replica follows');
}

sub answer {
    my ($r) = @_;
    my ($type) = ($r->{json}{type} // '') =~ /([\w-]+)$/;
    return join ' ', $r->{status}, $type // (), $r->{json}{outcome} // (),
        map { defined $r->{headers}{$_} ? $_ : () } qw(retry-after location);
}
my $unknown = '503 not-replicated unknown retry-after location';

sub id {
    my ($r) = @_;
    my ($id) = ($r->{headers}{location} // '') =~ /([^\/]+)$/;
    return $id // '';
}

# A SKU for each connection, and two.
my (%sku, %published);
for my $sku (map { "D-$_" } 1 .. 20) {
    my $at = crc32($sku) % 4096 % 3;
    push @{ $sku{$at} }, $sku if @{ $sku{$at} // [] } < 2;
}
my @skus = map { @$_ } values %sku;
is(@skus, 6, 'there are SKUs for all connections');

# One order of each SKU, all at once.
my $orders = 0;
sub orders {
    my ($answer, $name) = @_;
    $orders++;
    my $begun = time;
    my @r = load($n, 6, map { order([$_ => 1], "u-$orders", "k-$orders") } @skus);
    is_deeply([map { answer($_) } @r], [($answer) x 6], $name);
    cmp_ok(time - $begun, '<', 15, 'orders without a replica are answered long before trade_timeout is over');
    $published{id($_)} = $answer =~ /^201/ ? 1 : 0 for @r;
    return @r;
}

wait_replica();
is($n->put_stock($_, total => 1000)->{status}, 200, "$_ is set") for @skus;
$n->put_stock('D-0', total => 0);
my ($first) = orders('201 location', 'orders are placed while there is a replica');
is(@{ $replica->cmd('KEYS', '*:order:' . id($first)) }, 1, 'the replica has the placed orders');

# the replica is silent

$link->stall;
my ($due) = orders($unknown, 'without it they are not');
my $again = $orders;
my $r = $n->get('/v1/orders/' . id($due));
is("$r->{status} $r->{json}{published}", '200 0',
    'orders that a stopped replica has not confirmed are in Redis, unpublished');
is(answer($n->order(['D-0' => 1], 'u-0', 'k-0')), '409 sold-out none',
    'a refused order needs no replica');
is(answer($n->order([$skus[0] => 2], 'u-1', 'k-1')),
    '422 idempotency-key-reused none', 'another refused order needs no replica');
$r = $n->order([$skus[0] => 1], 'u-1', 'k-1');
is(answer($r), '201 location', 'a repetition of a published order needs no replica');
is(id($r), id($first), 'a repetition of a published order is answered with that order');
is(answer($n->put_stock('D-0', total => 5)),
    '503 not-replicated unknown retry-after', 'a change of stock needs a replica');
$r = $n->order([$skus[0] => 1], "u-$again", "k-$again");
is(answer($r), $unknown, 'a repetition of an order that is not published needs a replica');
is(id($r), id($due), 'the unknown outcome of such a repetition has the Location of the first order');
is($r->{json}{order_id}, id($due), 'the unknown outcome of such a repetition has the id of the first order');
is($n->get($r->{headers}{location})->{status}, 200, 'GET of that Location finds the order');

$link->pass;
wait_replica();
$r = $n->order([$skus[0] => 1], "u-$again", "k-$again");
is(answer($r), '202 location', 'the order is accepted once it is replicated');
is(id($r), id($due), 'the accepted order is the first one');
orders('201 location', 'other orders are placed once there is a replica');

# A cart: its repetition holds nothing elsewhere without a replica, and home
# finds the order.

my @cart = ([map { $_ => 1 } @skus[0, 1]], 'u-cart', 'k-cart');
my $placed = $n->order(@cart);
is(answer($placed), '201 location', 'a cart is placed');
$published{id($placed)} = 1;
ok(wait_for(sub { !$n->status->{in_flight} }), 'the cart is acked');
my $home = sprintf 'trade:{s%d}:due', hex substr id($placed), 0, 3;
$a->cmd('ZADD', $home, 4e12, id($placed) . '.1');       # as if Kafka had it not
wait_replica();
$link->stall;
$r = $n->order(@cart);
is(answer($r), $unknown, 'the repetition of a cart without a replica has an unknown outcome');
is(id($r), id($placed), 'the repetition of a cart without a replica has the Location of the cart');
is($n->get($r->{headers}{location})->{json}{order_id}, id($placed), 'GET finds the cart there');
$a->cmd('ZREM', $home, id($placed) . '.1');
$link->pass;
wait_replica();

# a script that did not run has nothing to wait for

$a->cmd('SCRIPT', 'FLUSH');
orders('201 location', 'scripts that are sent again are waited for');
wait_replica();
$link->stall;
$a->cmd('SCRIPT', 'FLUSH');
orders($unknown, 'and not counted before they ran');
$link->pass;
wait_replica();

# the link is cut

$link->refuse;
$link->cut;
ok(wait_for(sub { $a->cmd('INFO', 'replication') =~ /connected_slaves:0/ }),
    'the replica is gone');
orders($unknown, 'no order is placed without the replica');
$a->cmd('SCRIPT', 'FLUSH');
orders($unknown, 'nor with scripts that are sent again');
$link->pass;
wait_replica();
orders('201 location', 'when it is back they are');

# orders that come while a WAIT is under way share the next one

sub waits { $a->cmd('INFO', 'commandstats') =~ /cmdstat_wait:calls=(\d+)/ ? $1 : 0 }

ok(wait_for(sub { !$n->status->{in_flight} }), 'no order is under way');
$link->stall;
my $waits = waits();
my @clients = map {
    my $body = qq({"buyer_id":"w-$_","items":[{"sku":"$skus[0]","quantity":1}]});
    my $s = $n->connect;
    print $s join "\r\n", 'POST /patient/orders HTTP/1.0',
        'Content-Type: application/json', 'Content-Length: ' . length $body,
        '', $body;
    my $sent = $_;
    wait_for(sub { $n->status->{in_flight} == $sent }) or die "no order\n";
    $s;
} 1 .. 20;
$link->pass;
is(scalar(grep { (<$_> // '') =~ /^HTTP\S+ 201 / } @clients), 20,
    'orders that came while replicas were waited for are placed');
undef @clients;
is(waits() - $waits, 2, 'the first order had a WAIT, and all others share one');
wait_replica();

# the link is cut while orders are placed, and the replica is what remains

my $size = $a->cmd('DBSIZE');
my $buyers = fork // die "fork: $!\n";
if (!$buyers) {
    my @r;
    for my $i (1 .. 100) {
        my $last = -e "$dir/cut";
        push @r, load($n, 24, map { order([$skus[$_ % 6] => 1], "s-$i-$_") } 1 .. 48);
        last if $last;
    }
    spew("$dir/told", encode_json([map { [answer($_), id($_)] } @r]));
    POSIX::_exit(0);
}
my $enough = $size + 100 + rand 600;
wait_for(sub { $a->cmd('DBSIZE') > $enough }, 10, 0.001);
$link->refuse;
$link->cut;
spew("$dir/cut", '');
waitpid $buyers, 0;
$replica->cmd('REPLICAOF', 'NO', 'ONE');

my (%told, @lost);
for (@{ decode_json(slurp("$dir/told")) }) {
    my ($answer, $id) = @$_;
    $told{$answer}++;
    $published{$id} = $answer =~ /^20/ ? 1 : 0;
    push @lost, "$id: $answer" if $answer =~ /^20/ && !$replica->cmd('EXISTS',
        sprintf 'trade:{s%d}:order:%s', hex(substr $id, 0, 3), $id);
}
is("@lost", '', 'no order that was placed is lost');
is(join(', ', sort keys %told), "201 location, $unknown",
    'the other orders were answered with an unknown outcome');

# orders that no replica had were never promised, and their loss closes nothing

$front->lead($replica->address);
$front->cut;
my $second = $t->redis('second',
    args => ['--replicaof', split /:/, $replica->address]);
ok(wait_for(sub {
    $replica->cmd('INFO', 'replication') =~ /^slave0:.*state=online/m
}, 20), 'the promoted replica has a replica of its own');
my $tries = 0;
for my $sku (@skus) {
    ok(wait_for(sub {
        my $r = $n->order([$sku => 1], 'v-' . ++$tries);
        $published{id($r)} = $r->{status} == 201 ? 1 : 0 if id($r);
        return $r->{status} == 201;
    }), "and is the shard, where $sku is sold");
}
is($n->status->{regressed}, 0, 'no slot was closed');

my %records;
$records{ $_->{key} }++ for $kafka->records($topic);
my @wrong = grep { ($records{$_} // 0) != $published{$_} } keys %published;
is("@wrong", '', 'the topic has the replicated orders, and no others');

$t->done;
