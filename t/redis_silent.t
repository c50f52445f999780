# A Redis whose answer is lost, or late: the order is sent once more, and is made
# once.  If nobody can know what has become of it the answer says so.  It names
# the order that may have been made, unless an Idempotency-Key may have led to
# another one.

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
my $a = $t->redis('a');
my $proxy = Trade::Proxy->new(to => $a->address);
my $kafka = $t->kafka;
my $topic = $t->topic;

my $n = $t->nginx(<<'EOF', A => $proxy->address, KAFKA => $kafka->address)->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
        connections 2;
        timeout 1500ms;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }

    # the same shard, over one connection
    trade_redis single {
        server %%A%% name=a;
        connections 1;
        timeout 1500ms;
    }
    trade_kafka again { brokers %%KAFKA%%; topic %%TOPIC%%; }

    trade_timeout 10s;
    trade_lease 10m;    # no event is swept while the test runs
    trade_hint off;     # each question goes to Redis

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /short/orders { trade_orders stock orders; trade_timeout 2200ms; }
        location /single/orders { trade_orders single again; }
        location /trade { trade_status; }
    }
}
EOF

ok(wait_for(sub { $n->put_stock($_, total => 100000)->{status} == 200 }), "stock of $_ is set") for qw(S-1 S-2);
$n->put_stock('S-0', total => 0);

sub answer {
    my ($r) = @_;
    my ($type) = ($r->{json}{type} // '') =~ /([\w-]+)$/;
    return join ' ', $r->{status}, $type // (), $r->{json}{outcome} // (),
        map { defined $r->{headers}{$_} ? $_ : () } qw(retry-after location);
}
my $unknown = '503 no-answer unknown retry-after location';
my $unknown_key = '503 no-answer unknown retry-after';

sub post {
    my ($sku, $buyer, $key, $where) = @_;
    return $n->request('POST', $where // '/v1/orders', { 'Idempotency-Key' => $key },
        { buyer_id => $buyer, items => [{ sku => $sku, quantity => 1 }] });
}
sub place { my ($sku, $buyer, $where) = @_; return post($sku, $buyer, "k-$buyer", $where) }
sub place_without_key { my ($sku, $buyer, $where) = @_; return post($sku, $buyer, undef, $where) }

# The id of the order that a buyer has of S-1, by Redis.
sub bought {
    my ($buyer) = @_;
    my $bought = sprintf 'trade:{s%d}:bought:S-1', crc32('S-1') % 4096;
    return ((split / /, $a->cmd('HGET', $bought, $buyer) // '')[2]) // '';
}

sub id {
    my ($r) = @_;
    my ($id) = ($r->{headers}{location} // '') =~ /([^\/]+)$/;
    return $id // '';
}

# Until all connections are there again, each after its handshake.
sub wait_up {
    ok(wait_for(sub {
        my @ready = ($a->cmd('CLIENT', 'LIST') =~ /cmd=(?:eval|evalsha|info|zrem) /g);
        return @ready == 3 && $proxy->connections == 3
            && !grep({ $_->{state} ne 'up' } @{ $n->status->{shards} }) && $n->stock('S-1');
    }, 20), 'the shard is connected to again');
}

my $sold = 0;
sub is_sold {
    my ($more, $name) = @_;
    my $now;
    wait_for(sub { defined($now = ($n->stock('S-1') // {})->{sold}) });
    is($now, $sold += $more, $name);
}

# stopped for longer than the order's time

wait_up();
$a->signal('STOP');
my $begun = time;
my $r = place_without_key('S-1', 'u-late', '/short/orders');
my $took = time - $begun;
is(answer($r), $unknown, 'an order whose Redis is stopped has an unknown outcome and a Location');
ok($took > 0.5 && $took < 20, 'the unknown outcome comes within trade_timeout') or diag $took;
is($r->{json}{order_id}, id($r), 'the document of the unknown outcome names the id of the Location');
my $late = $r->{headers}{location} =~ s/short/v1/r;
is(answer(place('S-1', 'u-late', '/short/orders')), $unknown_key,
    'an order with a key has no Location, for its key may have led to another id');
$a->signal('CONT');
wait_up();
is(answer($n->get($late)), '404 unknown-order none',
    'the calls ran too late: GET of the Location finds no order');
is_sold(0, 'calls that ran too late have sold nothing');
$r = place('S-1', 'u-late', '/short/orders');
is($r->{status}, 201, 'an order that ran too late and is sent again is a new order');
is_sold(1, 'the order that was sent again is sold once');

# stopped for less

# The second try needs that the other connection is still taken for well.  A slow
# machine may find out about both at once; then the answer comes at the deadline,
# and the call runs too late.  So it is tried again, by another buyer.
my $buyer;
sub stopped_for_a_while {
    my ($place, $name) = @_;
    for my $try (1 .. 10) {
        $buyer = "$name-$try";
        $a->signal('STOP');
        $begun = time;
        my $answer = $place->('S-1', $buyer);
        $took = time - $begun;
        $a->signal('CONT');
        wait_up();
        return $answer if $took < 8;
    }
    return {};
}

$r = stopped_for_a_while(\&place, 'u-slow');
is(answer($r), $unknown_key, 'a Redis that is stopped for a while leaves an unknown outcome');
ok($took > 0.7 && $took < 8, 'the unknown outcome comes after two tries') or diag $took;
my $slow = '/v1/orders/' . bought($buyer);
$r = $n->get($slow);
is("$r->{status} $r->{json}{published}", '200 0', 'the order is recorded when Redis goes on, and not published yet');
is_sold(1, 'an order that was sent twice is sold once');
$r = place('S-1', $buyer);
is("$r->{status} $r->{headers}{location}", "202 $slow", 'an order sent again under its key is the same order');
is_sold(0, 'an order sent again under its key is not sold again');

$r = stopped_for_a_while(\&place_without_key, 'u-slower');
is(answer($r), $unknown, 'without a key the unknown outcome has a Location');
is(id($r), bought($buyer), 'the Location is that of the order that was made');
is($n->get($r->{headers}{location})->{status}, 200, 'GET finds the order at its Location');
is_sold(1, 'the order without a key is sold once');

# cut, once or twice, before the request got there or before its reply

my %published;      # how often each order should be in Kafka

for (
    ['request', 1, 'before it got there'],
    ['reply', 1, 'before the reply'],
) {
    my ($way, $times, $name) = @$_;
    wait_up();
    my $resent = $n->status->{resent};
    my $cuts = $proxy->cuts;
    $proxy->cut_at($way => qr/u-$way|PLACED 1/, $times);
    my $r = place('S-1', "u-$way");
    is($proxy->cuts, $cuts + 1, "a connection is cut $name");
    is($r->{status}, 201, 'the order is placed');
    is($n->status->{resent}, $resent + 1, 'the order on the cut connection was sent once more');
    is_sold(1, 'the order on the cut connection is sold once');
    $published{id($r)} = 1;
}

for (
    ['request', 404, 'before it got there'],
    ['reply', 200, 'before the reply'],
) {
    my ($way, $found, $name) = @$_;

    wait_up();
    my $cuts = $proxy->cuts;
    $proxy->cut_at($way => qr/u-$way-1|PLACED 1/);
    my $r = place('S-1', "u-$way-1", '/single/orders');
    is($proxy->cuts, $cuts + 1, "the only connection is cut $name");
    is($r->{status}, 201, 'the order is placed when there is a connection again');
    is_sold(1, 'the order on the only connection is sold once');
    $published{id($r)} = 1;

    wait_up();
    $cuts = $proxy->cuts;
    $proxy->cut_at($way => qr/u-$way-2|PLACED 1/, 2);
    $r = place('S-1', "u-$way-2");
    is($proxy->cuts, $cuts + 2, "two connections are cut $name");
    is(answer($r), $unknown_key, 'an order that was sent twice has an unknown outcome, and no id');
    wait_up();
    my $made = bought("u-$way-2");
    is($made ? 200 : 404, $found, "there is an order by Redis: $found");
    is_sold($found == 200, 'the stock counts the order if there is one');
    $published{$made} = 0 if $made;
    $r = place('S-1', "u-$way-2");
    is($r->{status}, $found == 200 ? 202 : 201, 'an order that is sent again under its key is answered');
    is(id($r), $made, 'the order under the key is the one that was made') if $made;
    is_sold($found != 200, 'the order sent again is sold once');

    wait_up();
    $proxy->cut_at($way => qr/u-$way-3|PLACED 1/, 2);
    $r = place_without_key('S-1', "u-$way-3");
    is(answer($r), $unknown, 'without a key the answer names the order that may be there');
    wait_up();
    is($n->get('/v1/orders/' . id($r))->{status}, $found, "GET of it answers $found");
    is_sold($found == 200, 'the stock counts the order that the answer named, if it exists');
    $published{id($r)} = 0;
}

# The key has led to an order before, and nothing is heard of it.

wait_up();
my $before = place('S-1', 'u-before');
is($before->{status}, 201, 'an order is placed under a key');
is_sold(1, 'the order under a key is sold');
$published{id($before)} = 1;
$proxy->cut_at(reply => qr/RECORD/, 2);
$r = place('S-1', 'u-before');
is(answer($r), $unknown_key, 'a repetition whose replies are lost names no order that was never made');
is($r->{json}{order_id}, undef, 'the document of that repetition names no order either');
wait_up();
$r = place('S-1', 'u-before');
is(answer($r), '201 location', 'the next repetition is answered with the order');
is(id($r), id($before), 'the next repetition is answered with the first order');
is_sold(0, 'the repeated order is sold once');

# The same with a cart: it may be placed, and the buyer is to send it again.

sub cart {
    my ($buyer, $key) = @_;
    return $n->request('POST', '/v1/orders', { 'Idempotency-Key' => $key }, { buyer_id => $buyer,
        items => [map { { sku => $_, quantity => 1 } } 'S-1', 'S-2'] });
}
for my $key (undef, 'k-cart') {
    my ($name, $buyer) = $key ? ('with a key', 'u-cart-k') : ('without a key', 'u-cart');
    wait_up();
    $proxy->cut_at(reply => qr/PLACED 1/, 2);
    $r = cart($buyer, $key);
    is(answer($r), $key ? $unknown_key : $unknown, "a cart $name whose replies are lost is not known");
    wait_up();
    is_sold(1, "the cart $name was placed");
    my $made = bought($buyer);
    $published{$made} = 0;
    is($key ? cart($buyer, $key)->{json}{order_id} : id($r), $made,
        $key ? 'its repetition names the order' : "the cart $name is the order that the answer named");
}

# a refusal does not speak for a request that is lost

wait_up();
$proxy->cut_at(request => qr/u-refused/);
$r = place_without_key('S-0', 'u-refused');
is(answer($r), $unknown, 'a repetition that is sold out has an unknown outcome, as the first order may exist');
is(answer($n->get('/v1/orders/' . id($r))), '404 unknown-order none',
    'the first order was refused, too');
wait_up();
$proxy->cut_at(request => qr/u-refused/);
is(answer(place('S-0', 'u-refused')), $unknown_key, 'an order with a key and an unknown outcome has no id');
is(answer(place('S-0', 'u-refused')), '409 sold-out none',
    'a repetition under its key is told that it is sold out');

# a change of stock, a look-up, an acknowledgement

wait_up();
$proxy->cut_at(reply => qr/STOCK 1/);
$r = $n->request('PATCH', '/v1/stock/S-2', { 'Idempotency-Key' => 'p' },
    { delta => 5 });
is("$r->{status} $r->{json}{total}", '200 100005', 'stock is added once');
wait_up();
$proxy->cut_at(reply => qr/VIEW/);
is($n->stock('S-2')->{total}, 100005, 'a look-up is asked again');
wait_up();
$proxy->cut_at(reply => qr/VIEW/, 2);
is(answer($n->get('/v1/stock/S-2')), '503 shard-down none retry-after',
    'once');
wait_up();
my $ack_lost = $n->status->{ack_lost};
$proxy->cut_at(request => qr/-\w{26}\.1\r\n/);
$r = place('S-1', 'u-ack');
is($r->{status}, 201, 'an order whose acknowledgement is lost is placed');
is_sold(1, 'the order whose acknowledgement is lost is sold');
ok(wait_for(sub { $n->status->{ack_lost} == $ack_lost + 1 }),
    'trade_status counts the lost acknowledgement');
wait_up();
is($n->get('/v1/orders/' . id($r))->{json}{published}, JSON::PP::false,
    'the order whose acknowledgement is lost stays due');

# a storm

my $seed = srand;
note "seed $seed";
wait_up();
my $storm = fork // die "fork: $!\n";
if (!$storm) {
    my @told;
    for my $i (1 .. 1000) {
        last if -e "$dir/calm";
        my @r = load($n, 16, map { {
            method => 'POST', path => '/short/orders',
            body => { buyer_id => "s-$i-$_",
                items => [{ sku => 'S-1', quantity => 1 }] },
        } } 1 .. 64);
        push @told, map { ["s-$i-$_", answer($r[$_ - 1]), id($r[$_ - 1])] } 1 .. 64;
        sleep 0.01;
    }
    spew("$dir/told", encode_json(\@told));
    POSIX::_exit(0);
}
for (1 .. 60) {
    my $do = int rand 5;
    $proxy->pass;
    $proxy->cut if $do == 0;
    $proxy->cut_at(request => qr/"s-\d+-\d+"/, 1 + rand 3) if $do == 1;
    $proxy->cut_at(reply => qr/PLACED/, 1 + rand 3) if $do == 2;
    $proxy->cut_at(reply => qr/:1\r\n/) if $do == 3;      # an ack
    $proxy->stall if $do == 4;
    sleep rand 0.06;
}
$proxy->pass;
spew("$dir/calm", '');
waitpid $storm, 0;
wait_up();
ok(wait_for(sub { !$n->status->{in_flight} }, 10), 'after a storm all is answered');

my @told = @{ decode_json(slurp("$dir/told")) };
my %bought = @{ $a->cmd('HGETALL', $a->cmd('KEYS', '*:bought:S-1')->[0]) };
is_sold(scalar(grep { /^s-/ } keys %bought), 'the sold units are those that were bought');

my (%answers, @wrong);
for (@told) {
    my ($buyer, $answer, $id) = @$_;
    $answers{$answer}++;
    my $order = delete $bought{$buyer};
    push @wrong, "$buyer was told $answer"
        if defined $order ? $answer !~ /^20[12] location|^\Q$unknown\E/
            || $order !~ /^1 .* $id$/ : $answer =~ /^2/;
    next if $answer ne $unknown;
    my $status;
    wait_for(sub { ($status = $n->get("/v1/orders/$id")->{status}) != 503 });
    push @wrong, "$id of $buyer is $status" if $status != (defined $order ? 200 : 404);
}
is("@wrong", '', 'no buyer was told something wrong');
is(scalar(grep { /^s-/ } keys %bought), 0, 'all buyers were answered');
cmp_ok($answers{$_} // 0, '>', 0, "some buyers were told $_")
    for '201 location', $unknown, '503 shard-down none retry-after';

my %records;
$records{ $_->{key} }++ for $kafka->records($topic);
is($records{$_} // 0, $published{$_}, "$_ is in Kafka as often as it should")
    for sort keys %published;

$t->done;
