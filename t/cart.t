# A cart whose items lie in several slots and shards is placed whole or not at
# all.  A refusal names every item that failed, and why.  A cart that a dead
# worker left half done is finished or undone.  A cancelled cart gives back all
# its units.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use JSON::PP;
use List::Util qw(sum);
use Test::More;
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(wait_for);

my $t = Trade->new;
my %redis = map { $_ => $t->redis($_) } qw(a b c);
my $kafka = $t->kafka;

my $n = $t->nginx(<<'EOF', (map { uc $_ => $redis{$_}->address } qw(a b c)), KAFKA => $kafka->address)->start;
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_timeout 10s;
    trade_redis stock {
        server %%A%% name=a;
        server %%B%% name=b;
        server %%C%% name=c;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders {
            trade_orders stock orders;
            trade_actions place get pay deliver cancel;
        }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

sub slot { return crc32($_[0]) % 4096 }
sub key { my ($sku, $kind) = @_; return 'trade:{s' . slot($sku) . "}:$kind" }

# The shard that has an SKU's stock.
my %shard;
sub shard {
    my ($sku) = @_;
    return $shard{$sku} //= (grep { $redis{$_}->cmd('EXISTS', key($sku, 'slot')) } sort keys %redis)[0];
}
sub on { my ($sku, @cmd) = @_; return $redis{ shard($sku) }->cmd(@cmd) }

my @skus = map { "C-$_" } 1 .. 12;
ok(wait_for(sub { !grep { $n->put_stock($_, total => 20)->{status} != 200 } @skus }, 20), 'stock is set');
my %shards;
push @{ $shards{ shard($_) } }, $_ for @skus;
is(join(' ', sort keys %shards), 'a b c', 'on three shards') or BAIL_OUT('other SKUs, please');

sub available { return join ' ', map { my $s = $n->stock($_); "$s->{available}/$s->{held}" } @_ }

# Nothing waits to be published or asked about, on any shard.
sub quiet {
    my ($name) = @_;
    ok(wait_for(sub {
        !grep { my $r = $_; grep { $r->cmd('ZCARD', $_) } $r->keys('trade:{*}:due'), $r->keys('trade:{*}:asks') }
            values %redis
    }, 20), "$name: no slot has anything left to do")
        or diag explain [map { my $r = $_; map { [$_, $r->cmd('ZRANGE', $_, 0, -1, 'WITHSCORES')] }
            $r->keys('trade:{*}:asks'), $r->keys('trade:{*}:due') } values %redis];
}

sub events { my ($id) = @_; return grep { $_->{headers}{ce_subject} eq $id } $kafka->records($t->topic) }

# The items are those that `errors` names, each as "<SKU>: <code>".
sub is_problem {
    my ($name, $r, $status, $problem, @items) = @_;
    my $j = $r->{json} // {};
    is(join('|', $r->{status}, ($j->{type} // '') =~ s/.*://r, $j->{outcome} // '',
            sort map { "$_->{sku}: $_->{code}" } @{ $j->{errors} || [] }),
        join('|', $status, $problem, 'none', sort @items), $name) or diag $r->{body};
}

# one of each shard, placed

my ($x, $y, $z) = map { $shards{$_}[0] } qw(a b c);
my ($home) = sort $x, $y, $z;
my $r = $n->order([$x => 1, $y => 2, $z => 3], 'u-1', 'k-1', metadata => { n => 1 });
is($r->{status}, 201, 'a cart over three shards is answered 201') or diag $r->{body};
my $id = $r->{json}{order_id};
is(hex substr($id, 0, 3), slot($home), "a cart's home is the slot of its first item");
is(scalar @{ $r->{json}{items} }, 3, 'the answer to a cart has all of its items');
quiet('placed');
is(available($x, $y, $z), '19/0 18/0 17/0', "a placed cart's units are sold, and none is held");
my ($e) = events($id);
is(join(' ', sort map { s/=.*//r } split /,/, $e->{headers}{trade_versions}),
    join(' ', sort map { slot($_) } $x, $y, $z), "a cart's event has the versions of all slots");
like($e->{headers}{trade_versions}, qr/^@{[slot($home)]}=/, "a cart's event names the version of home first");
is_deeply([map { $_->{sku} } @{ $e->{value}{items} }], [sort $x, $y, $z], "a cart's event has the whole order");
is($n->get("/v1/orders/$id")->{json}{state}, 'placed', 'GET shows a cart as placed');

my $again = $n->order([$x => 1, $y => 2, $z => 3], 'u-1', 'k-1', metadata => { n => 1 });
is($again->{json}{order_id}, $id, 'a cart repeated with its key is answered with the same order');
is($again->{headers}{'idempotent-replayed'}, 'true', 'the answer says that the order is replayed');
is_problem('the same key, another cart', $n->order([$x => 1, $y => 1], 'u-1', 'k-1'), 422,
    'idempotency-key-reused');
quiet('replayed');
is(available($x, $y, $z), '19/0 18/0 17/0', 'a cart repeated with its key sells nothing more');

# all or nothing: every item that fails is named, wherever it lies

$n->put_stock($_, total => 20, limit => 5) for $z;
is_problem('not enough at home and elsewhere',
    $n->order([$x => 30, $y => 30, $z => 1], 'u-2', 'k-2'), 409, 'sold-out',
    "$x: sold-out", "$y: sold-out");
is_problem('not enough elsewhere only', $n->order([$home => 1, ($x eq $home ? $y : $x) => 30], 'u-2'),
    409, 'sold-out', ($x eq $home ? $y : $x) . ': sold-out');
is_problem('several reasons', $n->order([$x => 30, $z => 6, 'NO-SUCH' => 1], 'u-2'), 404, 'unknown-sku',
    "$x: sold-out", "$z: buyer-limit", 'NO-SUCH: unknown-sku');
$n->put_stock('LATE', total => 1, opens_at => '2100-01-01T00:00:00Z');
$n->put_stock('GONE', total => 1, closes_at => '2020-01-01T00:00:00Z');
$r = $n->order(['GONE' => 1, $z => 4, $y => 1, 'LATE' => 1, $x => 15, $z => 2, $x => 15], 'u-2');
is_deeply($r->{json}{errors}, [
    { pointer => '/items/0', sku => 'GONE', code => 'sale-over', closes_at => '2020-01-01T00:00:00.000Z' },
    { pointer => '/items/1', sku => $z, code => 'buyer-limit', limit => 5, left => 5 },
    { pointer => '/items/3', sku => 'LATE', code => 'not-started', opens_at => '2100-01-01T00:00:00.000Z' },
    { pointer => '/items/4', sku => $x, code => 'sold-out' },
], 'each refused item is named by its first place in the request, with its own reason as data')
    or diag $r->{body};
is($r->{status}, 403, 'a refused cart has the gravest reason as its type');
like($r->{headers}{'retry-after'}, qr/^2\d{9}$/,
    'Retry-After of a refused cart is the begin of the sale that has not begun');
quiet('refused');
is(available($x, $y, $z), '19/0 18/0 17/0', 'a refused cart takes no units');
is(on($z, 'HGET', key($z, "bought:$z"), 'u-2'), undef, 'a refused cart counts nothing for the buyer');
$r = $n->order([$x => 1, $y => 1, $z => 1], 'u-2', 'k-2');
is($r->{status}, 201, 'a key whose cart was refused can place another cart') or diag $r->{body};
is(scalar(events($r->{json}{order_id})), 1, 'the cart that is placed has one event');

# paid, cancelled: all of it goes back, once

my $had = available($x, $y, $z);
$r = $n->order([$x => 2, $y => 2, $z => 2], 'u-3', 'k-3');
my $gone = $r->{json}{order_id};
quiet('placed');        # else it would be 202: the event before is still due
is($n->request('POST', "/v1/orders/$gone/pay")->{status}, 200, 'the other cart is paid');
quiet('paid');
is($n->request('POST', "/v1/orders/$gone/cancel")->{status}, 200, 'the other cart is cancelled');
quiet('cancelled');
is(available($x, $y, $z), $had, 'all units of a cancelled cart are back');
is($n->request('POST', "/v1/orders/$gone/cancel")->{status}, 200, 'a cart that is cancelled again is answered 200');
quiet('cancelled again');
is(available($x, $y, $z), $had, 'a cart that is cancelled again gives nothing more back');
is(on($_, 'HGET', key($_, "bought:$_"), 'u-3'), undef,
    "$_: the buyer of a cancelled cart has bought none") for $x, $y, $z;

# many at once, more than there is: whole or not at all

my @wanted = map { my $i = $_; [map { $skus[($i * 5 + $_ * 7) % @skus] => 1 } 0 .. 2] } 1 .. 200;
my @r = load($n, 32, map { order($wanted[$_ - 1], "m-$_", "mk-$_") } 1 .. @wanted);
my %n;
$n{ "$_->{status} " . (($_->{json}{type} // '') =~ s/.*://r) }++ for @r;
note join ', ', map { "$n{$_} x $_" } sort keys %n;
is(scalar(grep { $_->{status} !~ /^(?:201|202|409)$/ } @r), 0, 'each cart is placed, sold out, or busy');
quiet('many');
my %sold;
for my $e ($kafka->orders($t->topic)) {
    next if $e->{value}{order_id} eq $gone;
    $sold{ $_->{sku} } += $_->{quantity} for @{ $e->{value}{items} };
}
is(available(@skus), join(' ', map { 20 - ($sold{$_} // 0) . '/0' } @skus),
    'the units of carts in the topic are sold, and no others');
cmp_ok(sum(values %sold), '>', 150, 'carts in the topic have sold many units');

# a worker dies while a shard is silent: its cart is undone, and until then its
# key is known

$n->put_stock($_, total => 100) for @skus;
$had = available($x, $y, $z);
my ($other, $silent) = grep { shard($_) ne shard($home) } $x, $y, $z;
my @cart = ([$home => 1, $other => 1, $silent => 1], 'u-4', 'k-4');

sub all_die {
    my @victims = $n->workers;
    $n->kill_worker($_) for @victims;
    ok(wait_for(sub { my %w = map { $_ => 1 } $n->workers; 2 == keys %w && !grep { $w{$_} } @victims }, 10),
        'all workers die, and others take their place');
}

# Sends a cart; its answer is yet to be read.
sub begin {
    my ($items, $buyer, $key) = @_;
    my $s = $n->connect;
    my $body = encode_json({ buyer_id => $buyer, items => [map {
        { sku => $items->[2 * $_], quantity => $items->[2 * $_ + 1] } } 0 .. $#$items / 2] });
    print $s "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: $key\r\n"
        . "Connection: close\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
    return $s;
}

$redis{ shard($silent) }->signal('STOP');
my $s = begin(@cart);
ok(wait_for(sub { on($other, 'HGET', key($other, 'slot'), "held|$other") }, 5), 'one participant holds its items');
is(on($home, 'HGET', key($home, 'slot'), "held|$home"), undef, 'home holds nothing while a participant is silent');
my $ups = $n->ups;
all_die();
$redis{ shard($silent) }->signal('CONT');
$n->wait_ups($ups + 2 * 3);
is_problem('the key of a cart in doubt', $n->order(@cart), 409, 'request-in-progress', "$other: request-in-progress",
    "$silent: request-in-progress");
is_problem('another key of the buyer of a cart in doubt', $n->order(@cart[0, 1], 'k-5'), 409, 'buyer-busy',
    "$other: buyer-busy", "$silent: buyer-busy");
quiet('half done');
is(available($x, $y, $z), $had, 'a cart whose worker died leaves nothing held');
$r = $n->order(@cart);
is($r->{status}, 201, 'the key of a cart whose worker died places a cart now') or diag $r->{body};
quiet('done');

# home asks the participants that have not confirmed; it asks no others

# Begins a cart that home, silent meanwhile, does not place before this has run.
sub held_up {
    my ($items, $user, $meanwhile) = @_;
    my %items = @$items;
    $redis{ shard($home) }->signal('STOP');
    my $socket = begin($items, $user, "k-$user");
    for my $sku (grep { $_ ne $home } sort keys %items) {
        ok(wait_for(sub { on($sku, 'HGET', key($sku, 'slot'), "held|$sku") }, 5), "$user: $sku is held");
        on($sku, 'PING');               # so the reply is out, too
    }
    $meanwhile->();
    $redis{ shard($home) }->signal('CONT');
    return $socket;
}
sub silence { my @silent = @_; return sub { $redis{ shard($_) }->signal('STOP') for @silent } }
sub heard { my ($sku) = @_; $redis{ shard($sku) }->signal('CONT') }
sub answer {
    my ($name, $socket) = @_;
    my $text = do { local $/; <$socket> };
    like($text, qr{^HTTP/1.1 20[12] }, "$name: placed");
    return $text =~ /"order_id":"([^"]+)"/;
}
sub home_asks {
    my ($name) = @_;
    my $asks;
    ok(wait_for(sub {
        $asks = join ' ', @{ on($home, 'ZRANGE', key($home, 'asks'), 0, -1) };
        !on($home, 'ZCARD', key($home, 'due')) && $asks =~ /\S/;
    }, 10), "$name: Kafka has the event, and home has the participants on its in-doubt list");
    return $asks;
}
sub sold {
    my ($name, $order) = @_;
    quiet($name);
    is(available($home, $other), join(' ', map { /^(\d+)/; $1 - 1 . '/0' } split / /, $had),
        "$name: the cart's units are sold");
    like(on($other, 'GET', key($other, "hold:$order")), qr/^SOLD /, "$name: the participant's hold is SOLD");
    $had = available($home, $other);
}
sub zadds { return (on($home, 'INFO', 'commandstats') =~ /cmdstat_zadd:calls=(\d+)/)[0] }

$had = available($home, $other);
my ($acked, $zadds) = ($n->status->{acked}, zadds());
$s = held_up([$home => 1, $other => 1, $silent => 1], 'u-6', silence($other, $silent));
ok(wait_for(sub { $n->status->{acked} > $acked }, 5), 'Kafka has the event before the participants have sold');
heard($other);
ok(wait_for(sub { !on($other, 'HGET', key($other, 'slot'), "held|$other") }), 'one participant has sold');
heard($silent);
my ($late) = answer('a late confirm', $s);
sold('a late confirm', $late);
is(zadds() - $zadds, 1, 'home wrote its due event, and no in-doubt entry');

$s = held_up([$home => 1, $other => 1], 'u-7', silence($other));
($late) = answer('no confirm', $s);
is(home_asks('no confirm'), "$late." . slot($other), 'a silent participant is on the in-doubt list');
heard($other);
sold('no confirm', $late);

$s = held_up([$home => 1, $other => 1], 'u-8', sub { on($other, 'HSET', key($other, 'slot'), 'c', 'for now') });
($late) = answer('a closed slot', $s);
is(home_asks('a closed slot'), "$late." . slot($other), 'a closed participant is on the in-doubt list');
on($other, 'HDEL', key($other, 'slot'), 'c');
sold('a closed slot', $late);

held_up([$home => 1, $other => 1], 'u-9', silence($other));
ok(wait_for(sub { ($late) = map { s/\.1$//r } @{ on($home, 'ZRANGE', key($home, 'due'), 0, -1) } }, 5), 'the late cart is recorded');
all_die();
is(home_asks('swept'), "$late." . slot($other),
    'a participant that may not have sold is on the in-doubt list after its worker died');
heard($other);
sold('swept', $late);

# a hold that has lived its time is no loss, when the order is as old

on($other, 'DEL', key($other, "hold:$late"));
my $record = on($home, 'GET', key($home, "order:$late")) =~ s/^(PLACED 1 \S+ \d+ )(\d+)/$1 . ($2 - 17 * 86400000)/er;
on($home, 'SET', key($home, "order:$late"), $record, 'KEEPTTL');
on($home, 'ZADD', key($home, 'asks'), 1, "$late." . slot($other));
quiet('an old order');
is(on($other, 'HGET', key($other, 'slot'), 'c'), undef, 'an old order whose hold has expired closes no slot');

# many are asked for, one batch after the other: not one a second

on($home, 'ZADD', key($home, 'asks'), map { (1, sprintf '%03x-%026d.%d', slot($home), $_, slot($other)) } 1 .. 640);
ok(wait_for(sub { !on($home, 'ZCARD', key($home, 'asks')) }, 10),
    '640 entries of the in-doubt list are done within 10 s');
is(on($other, 'GET', key($other, sprintf 'hold:%03x-%026d', slot($home), 640)) =~ s/ .*//sr, 'FREED', 'the last of 640 holds is freed');

# home's record has lived its time, and home is asked about the cart: sold units
# stay sold

$id = $r->{json}{order_id};
$had = available($x, $y, $z);
all_die();              # to those who know it, it would be a loss
on($home, 'PEXPIRE', key($home, "order:$id"), 1);
ok(wait_for(sub { !on($home, 'EXISTS', key($home, "order:$id")) }), "home's record has expired");
on($other, 'ZADD', key($other, 'asks'), 1, $id);
quiet('asked for');
is(available($x, $y, $z), $had, "units of a cart stay sold when home's record has expired");
like(on($other, 'GET', key($other, "hold:$id")), qr/^SOLD /,
    "the participant's hold stays SOLD when home's record has expired");
is($n->get("/v1/orders/$id")->{status}, 404, 'an order whose record has expired is answered 404');

# a shard that is down: refused at once, and nothing is held

$had = available($home);
$redis{ shard($other) }->stop;
ok(wait_for(sub { $n->order([$other => 1], 'u-5')->{status} == 503 }, 5),
    'an order of a stopped shard is answered 503');
is_problem('a cart that needs it names the items that can\'t be reached',
    $n->order([$home => 1, $other => 1], 'u-5', 'k-5'), 503, 'shard-down', "$other: shard-down");
is_problem('a cart that needs it names the refused items, too',
    $n->order([$home => 1000, $other => 1], 'u-5'), 409, 'sold-out',
    "$home: sold-out", "$other: shard-down");
is_problem('an order that lies in one slot names its items', $n->order([$other => 1], 'u-5'), 503, 'shard-down',
    "$other: shard-down");
is(available($home), $had, "a cart that a shard can't answer holds nothing elsewhere");

# home is down: the participants' refusals are told, and all items of home are
# unreachable

$redis{ shard($home) }->stop;
ok(wait_for(sub { $n->order([$home => 1], 'u-5')->{status} == 503 }, 5),
    'an order of home is answered 503 while home is stopped');
is_problem('a cart whose home is down', $n->order([$home => 1, $silent => 1000], 'u-5'), 503, 'shard-down',
    "$home: shard-down", "$silent: sold-out");

$t->done;
