# A shard knows its name and its ring: an empty one takes the identity it is
# given, and one that is not who it should be stays closed until it is again.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use Test::More;
use Trade;
use Trade::Process qw(wait_for);
use Trade::Proxy;

my $t = Trade->new;
my ($a, $b, $c, $d) = map { $t->redis($_) } qw(a b c d);
my $proxy = Trade::Proxy->new(to => $a->address);
my ($A, $B, $C, $D) = map { $_->address } $a, $b, $c, $d;
$d->cmd('SET', 'session:1', 'of another program');

my $conf = <<'EOF';
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock {
        %%SERVERS%%
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

my $n = $t->nginx($conf, KAFKA => $t->kafka->address,
    SERVERS => "server $A name=a; server $B name=b;")->start(up => 2);

my ($ring_a, $ring_b) = map { $_->cmd('GET', 'trade:shard') } $a, $b;
like($ring_a, qr/^a [0-9a-f]{32}$/, 'an empty shard takes its name');
is($ring_b, $ring_a =~ s/^a/b/r, 'the identity has the ring, the same on each shard');

my %sku;        # one of each shard
for my $sku (map { "S-$_" } 1 .. 8) {
    $n->put_stock($sku, total => 100);
    my $slot = sprintf 'trade:{s%d}:slot', crc32($sku) % 4096;
    $sku{ $a->cmd('EXISTS', $slot) ? 'a' : 'b' } //= $sku;
}

sub states {
    my $status = $n->status or return '';
    return join ' ', $status->{workers},
        map { "$_->{name}:$_->{state}" } @{ $status->{shards} };
}

# Reloads with these servers, and waits until the old worker is gone and the
# new one sees the shards as they should be.
sub ring {
    my ($name, $servers, $states) = @_;
    $n->{vars}{SERVERS} = $servers;
    $n->configure($conf);
    my ($old) = $n->workers;
    $n->signal('HUP');
    wait_for(sub { !kill 0, $old }, 20);
    wait_for(sub { states() eq "1 $states" }, 10, 0.05);
    is(states(), "1 $states", $name);
}

# All that the shards hold.
sub data {
    return join "\n", map { my $r = $_; map { unpack 'H*', $r->cmd('DUMP', $_) }
        sort @{ $r->cmd('KEYS', '*') } } $a, $b;
}

my $orders = 0;
sub sells {
    my ($shard) = @_;
    my $r = $n->order([$sku{$shard} => 1], 'u-' . ++$orders, "k-$orders");
    is($r->{status}, 201, "shard $shard sells");
}

sub closed {
    my ($shard, $why) = @_;
    my $before = data();
    my $r = $n->order([$sku{$shard} => 1], 'u-0', 'k-0');
    is("$r->{status} $r->{json}{outcome}", '503 none', "shard $shard is closed");
    like($r->{json}{type}, qr/:$why$/, "the status says why: $why");
    is(data(), $before, 'a shard that is refused gets no data');
}

sub says {
    my ($name, $text) = @_;
    ok($n->error_log =~ /\[crit\] .*shard \Q$text\E/, "the log says: $name");
}

my $swapped = "server $B name=a; server $A name=b;";
my $right = "server $A name=a; server $B name=b;";

sells($_) for qw(a b);

ring('swapped addresses are refused', $swapped, 'a:refused b:refused');
closed($_, 'shard-down') for qw(a b);
says('the server is another shard',
    qq{"a" ($B) is another shard, or of another ring: }
    . "it is not used, as its key trade:shard is $ring_b");
ring('swapped back they are accepted', $right, 'a:up b:up');
sells($_) for qw(a b);

ring('the order of the lines does not matter',
    "server $B name=b; server $A name=a;", 'b:up a:up');
sells($_) for qw(a b);

ring('nor does the address, if the data is that of the name',
    'server ' . $proxy->address . " name=a; server $B name=b;", 'a:up b:up');
sells($_) for qw(a b);

for (
    ['a weight', "server $A name=a weight=2; server $B name=b;"],
    ['a name', "server $A name=a; server $B name=b2;"],
    ['a server less', "server $A name=a;"],
) {
    my ($what, $servers) = @$_;
    ring("another ring is refused: $what", $servers,
        join ' ', map { "$_:refused" } $servers =~ /name=(\w+)/g);
    closed('a', 'shard-down');
}

ring('another ring is refused: a server more',
    "$right server $C name=c;", 'a:refused b:refused c:up');
closed('a', 'shard-down');
is($a->cmd('GET', 'trade:shard'), $ring_a, 'shard a stays of the old ring');
isnt($c->cmd('GET', 'trade:shard') =~ s/^c/a/r, $ring_a,
    'the new one is of the new ring');

ring('a Redis with data of others is refused',
    "server $A name=a; server $D name=b;", 'a:up b:refused');
closed('b', 'shard-down');
sells('a');
says('the server is no shard', qq{"b" ($D) holds data, but no shard's: it is not used, as it has no key trade:shard});
is_deeply($d->cmd('KEYS', '*'), ['session:1'], 'the data of the other Redis is left alone');

# without a reload: a shard that was refused is asked again

$d->cmd('FLUSHALL');
ok(wait_for(sub { states() eq '1 a:up b:up' }, 20, 0.1),
    'the other Redis is taken when it is empty');
is($d->cmd('GET', 'trade:shard'), $ring_b, 'the empty Redis gets the identity of shard b');
my $r = $n->order([$sku{b} => 1], 'u-0', 'k-0');
like($r->{json}{type}, qr/:slot-closed$/, 'the empty Redis has lost the sales of shard b');

ring('the right ring is accepted again', $right, 'a:up b:up');
sells($_) for qw(a b);

my %sold = (a => 6, b => 5);
is($n->stock($sku{$_})->{sold}, $sold{$_}, "shard $_ has all its orders")
    for sort keys %sold;

$t->done;
