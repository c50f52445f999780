# When a shard or Kafka has more to do than it can do soon, the gateway refuses
# orders at once, instead of letting them wait.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use POSIX ();
use Test::More;
use Trade;
use Trade::Kafka;
use Trade::KafkaMock;
use Trade::Load qw(load order);
use Trade::Process qw(wait_for);

# a Kafka that can be made slow
my $mock = Trade::KafkaMock->new;

my $t = Trade->new;
my ($a, $b, $c) = map { $t->redis($_) } qw(a b c);
my $kafka = $t->kafka;
my $slow = Trade::Kafka->at($mock->address);
my $topic = $t->topic;
$mock->do('topic', $topic);

my %at = (A => $a->address, B => $b->address, C => $c->address,
    KAFKA => $kafka->address, SLOW => $mock->address);
my $n = $t->nginx(<<'EOF', %at)->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_lease 21s;
    trade_timeout 60s;
    trade_hint off;
    trade_redis stock {
        server %%A%% name=a;
        server %%B%% name=b;
        timeout 50s;
        queue_delay 300ms;
    }
    trade_redis late { server %%C%% name=c; }
    trade_redis patient { server %%A%% name=a; server %%B%% name=b; timeout 50s; queue_delay 0; }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; queue_delay 0; }
    trade_kafka again { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_kafka slow {
        brokers %%SLOW%%;
        topic %%TOPIC%%;
        outage 40s;
        queue_delay 300ms;
        property message.timeout.ms 18000;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /short/orders { trade_orders stock orders; trade_timeout 1s; }
        location /short/stock { trade_stock stock orders; trade_timeout 1s; }
        location /late/orders { trade_orders late slow; }
        location /late/stock { trade_stock late slow; }
        location /patient/orders { trade_orders patient again; trade_timeout 1s; }
        location /trade { trade_status; }
    }
}
EOF

# stock on each shard
my %sku;
for my $sku (map { "S-$_" } 1 .. 40) {
    die if $n->put_stock($sku, total => 100000)->{status} != 200;
    my $slot = sprintf 'trade:{s%d}:slot', crc32($sku) % 4096;
    $sku{ $a->cmd('EXISTS', $slot) ? 'a' : 'b' } //= $sku;
}
is_deeply([sort keys %sku], ['a', 'b'], 'each shard has stock');

sub place {
    my ($sku, $buyer, $where) = @_;
    my $request = order([$sku => 1], $buyer);
    $request->{path} = $where // '/v1/orders';
    return (load($n, 1, $request))[0];
}
sub type { my ($r) = @_; return ($r->{json}{type} // '') =~ s/.*://r }
sub answer { my ($r) = @_; return join ' ', $r->{status}, type($r), $r->{json}{outcome} // () }

my $early = place($sku{a}, 'early')->{headers}{location};
like($early, qr/^\/v1\/orders\//, 'an order is placed');

# a shard that does not answer, and forty buyers who wait for it

$a->signal('STOP');
pipe my $answers, my $told or die "pipe: $!\n";
my $buyers = fork // die "fork: $!\n";
if (!$buyers) {
    my @r = load($n, 40, map { order([$sku{a} => 1], "u-$_", "k-$_") } 1 .. 40);
    print $told join(' ', map { $_->{status} } @r), "\n";
    close $told;
    POSIX::_exit(0);
}
close $told;
ok(wait_for(sub { $n->status->{in_flight} >= 40 }), 'forty orders wait for a shard that does not answer');

my $r;
ok(wait_for(sub { answer($r = place($sku{a}, 'u', '/short/orders')) eq '503 queue-full none' }),
    'the next order there is refused, because it would wait for too long');
my @after = map { $_->{headers}{'retry-after'} } load($n, 8, map { order([$sku{a} => 1], "v-$_") } 1 .. 64);
my %after = map { $_ => 1 } @after;
is_deeply([sort keys %after], [1 .. 4], 'refused buyers are told to come back after one to four seconds');
is(answer($n->get("/short/stock/$sku{a}")), '503 queue-full none', 'stock there is not shown');
is(answer($n->get($early)), '503 queue-full none', 'an order there is not shown');
is(answer($n->request('POST', '/short/orders', {}, { buyer_id => 'c',
    items => [map { { sku => $_, quantity => 1 } } @sku{qw(a b)}] })), '503 queue-full none',
    'a cart of both shards is refused');
is(place($sku{b}, 'u')->{status}, 201, 'an order on the other shard is placed');
is($n->get("/v1/stock/$sku{b}")->{json}{sold}, 1, 'stock on the other shard is shown');
is(answer(place($sku{a}, 'u', '/patient/orders')), '503 no-answer unknown',
    'without queue_delay an order waits for its time');
cmp_ok($n->status->{answers}{'queue-full'}, '>=', 64,
    'trade_status counts the refused orders');

$a->signal('CONT');
is(readline($answers), join(' ', (201) x 40) . "\n", 'the orders that waited are placed');
waitpid $buyers, 0;
ok(wait_for(sub { place($sku{a}, 'after')->{status} == 201 }), 'an order is placed when the shard answers again');

# a Kafka that acknowledges each record after a second

# how many of so many orders, of 128 buyers at once, got each answer
sub late {
    my ($buyer, $count) = @_;
    my %answers;
    $answers{ $_->{status} . (type($_) && ' ' . type($_)) }++
        for load($n, 128, map { my $r = order(['L-1' => 1], "$buyer-$_"); $r->{path} = '/late/orders'; $r } 1 .. $count);
    return \%answers;
}

is($n->request('PUT', '/late/stock/L-1', {}, { total => 100000 })->{status}, 200, 'stock is set');
is_deeply(late('w', 512), { 201 => 512 }, 'a fast Kafka takes all orders');
$mock->do('slow', 1000);
my %slow = %{ late('x', 512) };
is(join(',', sort keys %slow), '201,503 queue-full', 'of a slow Kafka\'s orders some are refused, and the others are placed')
    or diag explain \%slow;
cmp_ok($slow{201}, '>=', 128, 'the orders that came before it was known to be slow are placed');
$mock->do('slow', 0);
ok(wait_for(sub { (late('z', 128)->{201} // 0) == 128 }), 'when it is fast again, all orders are placed');
is($n->get('/late/stock/L-1')->{json}{sold}, scalar $slow->orders($topic),
    'each unit that is sold has its event');

$t->done;
