# Hints (docs/hints.md): refusals and stock that a host remembers.  A hint never
# hides an order that exists, is dropped on all hosts when units come back, and
# ends after its ttl where a host is not told.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Trade;
use Trade::Process qw(wait_for);
use Trade::Time qw(date);

my $t = Trade->new;
my $redis = $t->redis('a');
my $kafka = $t->kafka;

my $conf = <<'EOF';
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:4m;
    trade_redis stock { server %%A%% name=a; %%USER%% }
    trade_kafka orders {
        brokers %%KAFKA%%;
        topic %%TOPIC%%;
    }
    trade_timeout 20s;
    trade_hint %%HINT%%;

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

sub host {
    my ($hint, $user) = @_;
    my $n = $t->nginx($conf, A => $redis->address, KAFKA => $kafka->address,
        HINT => $hint, USER => $user // '')->start;
    $n->wait_ups(2);
    return $n;
}

# The ttl of these two is longer than any wait below: only a message ends a hint.
my ($one, $two) = (host('ttl=10s'), host('ttl=10s'));
my $off = host('off');

my $buyers = 0;
sub buy {
    my ($n, $sku, %o) = @_;
    return $n->order([ $sku => $o{quantity} // 1 ], $o{buyer} // 'u-' . ++$buyers,
        defined $o{key} ? qq("$o{key}") : undef);
}
sub told { my ($r) = @_; return "$r->{status} " . ($r->{json}{type} // '') }
sub counted { my ($n, $name) = @_; return $n->status->{"hint_$name"} }
sub looked { return $redis->cmd('INFO', 'commandstats') =~ /cmdstat_getex:calls=(\d+)/ ? $1 : 0 }

# How many answers of the host come from hints while $code runs.
sub hits_of {
    my ($n, $code) = @_;
    my $before = counted($n, 'hits');
    $code->();
    return counted($n, 'hits') - $before;
}

# Buys until the host answers with the status; its workers and the sweeper need a
# moment, but less than the ttl of a hint.
sub soon {
    my ($n, $sku, $status) = @_;
    my $began = time;
    wait_for(sub { buy($n, $sku)->{status} == $status }, 9) or return 0;
    return time - $began < 9;
}

# -- a SKU that is sold out

$one->put_stock('hot', total => 3);
my @sold = map { buy($one, 'hot', key => "k$_", buyer => "b$_") } 1 .. 3;
is(join(' ', map { $_->{status} } @sold), '201 201 201', 'the stock is sold');

my $script = buy($one, 'hot');
my @refused;
is(hits_of($one, sub { @refused = map { buy($one, 'hot') } 1 .. 20 }), 20,
    'once its slot has refused an order, hints refuse orders without a key');
is_deeply([ map { $_->{json} } @refused ], [ ($script->{json}) x 20 ],
    'a hint refuses in the words of the script');
is($refused[0]{headers}{'cache-control'}, 'no-store', 'a refusal by a hint may not be kept');

my $looked = looked();
my $new;
is(hits_of($one, sub { $new = buy($one, 'hot', key => 'new') }), 1,
    'a hint refuses an order with a new key, too');
is(told($new), told($script), 'the hint refuses it in the same words');
is(looked() - $looked, 1, 'its key is looked up before');

for my $n ($one, $two) {
    buy($n, 'hot');
    my $again = buy($n, 'hot', key => 'k2', buyer => 'b2');
    is("$again->{status} $again->{json}{order_id}", "201 $sold[1]{json}{order_id}",
        'a hint does not hide the order that a key has led to');
    is($again->{headers}{'idempotent-replayed'}, 'true', 'that order is answered as a replay');
}

like(told(buy($one, 'hot', key => 'k2', buyer => 'b2', quantity => 2)), qr/^422 .*key-reused$/,
    'a hint does not hide that a key was used for another order');

# -- orders that a hint does not concern

$one->put_stock('few', total => 2);
like(told(buy($one, 'few', quantity => 3)), qr/sold-out$/, 'three units of two are refused');
is(buy($one, 'few', quantity => 2)->{status}, 201,
    'the refusal of three units does not refuse two');

my $two_items = $one->order([ hot => 1, nothing => 1 ], 'c');
is(join(' ', sort map { "$_->{sku}=$_->{code}" } @{ $two_items->{json}{errors} }),
    'hot=sold-out nothing=unknown-sku',
    'the refusal of several items names each of them, so no hint gives it');

# -- a sale that has not started, and one that is over

$one->put_stock('later', total => 5, opens_at => '2099-01-01T00:00:00Z');
my $early = buy($one, 'later');
my $hinted;
is(hits_of($one, sub { $hinted = buy($one, 'later') }), 1,
    'a hint refuses an order of a sale that has not started');
is_deeply($hinted->{json}, $early->{json}, 'the hint says when the sale opens');
cmp_ok(abs($hinted->{headers}{'retry-after'} - $early->{headers}{'retry-after'}), '<', 100,
    'the hint says how long to wait');

$one->put_stock('past', total => 5, closes_at => '2020-01-01T00:00:00Z');
my $over = buy($one, 'past');
is(hits_of($one, sub { $hinted = buy($one, 'past') }), 1,
    'a hint refuses an order of a sale that is over');
is_deeply($hinted->{json}, $over->{json}, 'the hint says when the sale closed');

$one->put_stock('opens', total => 5, opens_at => date(time + 3));
like(told(buy($one, 'opens')), qr/not-started$/, 'a sale opens in three seconds');
ok(soon($one, 'opens', 201), 'its hint ends when the sale opens, before the ttl');

# -- units come back

$one->put_stock('back', total => 1);
my $order = buy($one, 'back');
is($order->{status}, 201, 'the last unit is sold');
ok(soon($_, 'back', 409), 'a host remembers that it is sold out') for $one, $two;

is($one->request('POST', "/v1/orders/$order->{json}{order_id}/cancel")->{status}, 200,
    'the order is cancelled');
ok(soon($two, 'back', 201), 'after that another host sells the unit, before the ttl');

for my $change ([ PUT => { total => 2 } ], [ PATCH => { delta => 1 } ],
    [ PATCH => { total => 5 }, 2 ])
{
    my ($method, $body, $sells) = @$change;
    my ($name) = keys %$body;
    ok(soon($_, 'back', 409), 'a host remembers that it is sold out') for $one, $two;
    is($one->request($method, '/v1/stock/back', { 'Idempotency-Key' => qq("$method-$name") },
        $body)->{status}, 200, "$method of $name adds units");
    ok(soon($two, 'back', 201), "after $method of $name another host sells, before the ttl");
    is(buy($one, 'back')->{status}, 201, 'this host sells at once') if $sells;
    last if $sells;
}
cmp_ok(counted($two, 'dropped'), '>=', 3, 'dropped hints are counted');

# -- stock that is shown

$one->put_stock('seen', total => 9);
my $first = $one->get('/v1/stock/seen');
my $second;
is(hits_of($one, sub { $second = $one->get('/v1/stock/seen') }), 1, 'a hint shows stock');
is_deeply($second->{json}, $first->{json}, 'the hint shows what the slot has shown');
is($second->{headers}{etag}, $first->{headers}{etag}, 'its ETag is the same');
my $same = $one->get('/v1/stock/seen', { 'If-None-Match' => $first->{headers}{etag} });
is($same->{status}, 304, 'If-None-Match is compared with the hint');

sub kept { my ($r) = @_; return $r->{headers}{'cache-control'} }
sub seconds { my ($r) = @_; return kept($r) =~ /^private, max-age=([1-9]|10), must-revalidate$/ ? $1 : 0 }
cmp_ok(seconds($_), '>', 0, 'a cache may show stock until the ttl is over')
    for $first, $second, $same;
ok(wait_for(sub { seconds($one->get('/v1/stock/seen')) < seconds($first) }, 9),
    'the older the hint, the shorter a cache may show it');
is(kept($off->get('/v1/stock/seen')), 'private, no-cache', 'without hints a cache asks each time');
is(kept($one->get('/v1/stock/none')), 'no-store', 'no cache may keep that a SKU is not known');

buy($one, 'seen');
my $sold = $one->get('/v1/stock/seen', { 'If-None-Match' => $first->{headers}{etag} });
is($sold->{status}, 200, 'If-None-Match does not hide a sale of this host');
is($sold->{json}{available}, 8, 'a host shows its own sale at once');
$one->put_stock('seen', total => 20);
is($one->stock('seen')->{available}, 19, 'a host shows its own change at once');

# -- the ttl

my $brief = host('ttl=1ms');
buy($brief, 'hot');
my $made = time;
sleep 0.01 while time < $made + 0.05;
is(hits_of($brief, sub { buy($brief, 'hot') }), 0, 'a hint ends after its ttl');
is(hits_of($off, sub { buy($off, 'hot') for 1 .. 3 }), 0, 'trade_hint off turns hints off');

# -- a user who may not subscribe

$redis->cmd('ACL', 'SETUSER', 'deaf', 'on', '>pw', '~*', 'allchannels', '+@all', '-subscribe');
open my $file, '>', "$t->{dir}/pw" or die "$t->{dir}/pw: $!\n";
print $file "pw\n";
close $file;

my $deaf = host('ttl=3s', "user deaf; password_file $t->{dir}/pw;");
ok($deaf->wait_log(qr/refuses SUBSCRIBE, so when units come back/),
    'the log says what follows if a host can not be told');
$one->put_stock('deaf', total => 0);
buy($deaf, 'deaf');
is(hits_of($deaf, sub { buy($deaf, 'deaf') }), 1, 'its hints refuse all the same');
$one->put_stock('deaf', total => 1000);
ok(wait_for(sub { buy($deaf, 'deaf')->{status} == 201 }, 30), 'they end after the ttl');

# -- connections that are made again

buy($one, 'hot');
is(hits_of($one, sub { buy($one, 'hot') }), 1, 'a hint is there');
my $ups = $one->ups;
$redis->cmd('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
$one->wait_ups($ups + 1);
my $dropped = counted($one, 'dropped');
buy($one, 'hot');
is(counted($one, 'dropped') - $dropped, 1, 'a new connection to its shard voids a hint');

# -- a slot that has lost writes

# the other worker may still be without a connection

ok(wait_for(sub { $one->put_stock('lost', total => 1)->{status} == 200 }), 'stock is set');
ok(wait_for(sub { buy($one, 'lost', key => 'kept', buyer => 'b-lost')->{status} == 201 }), 'a unit is sold');
buy($one, 'lost');
is(hits_of($one, sub { buy($one, 'lost') }), 1, 'a hint refuses the next order');
$redis->cmd('FLUSHALL');
like(told(buy($one, 'lost', key => 'kept', buyer => 'b-lost')), qr/^503 .*slot-closed$/,
    'a hint does not refuse a repetition whose key is lost');
ok($one->wait_log(qr/\[crit\] .* has lost ack/), 'the look-up has noticed the loss');

done_testing();
