# Redis forgets what buyers have bought of a SKU when its sale has been over for
# a day, or by trade_limit_keep; never while it counts, or while a buyer is
# locked.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use Test::More;
use Trade;
use Trade::Ctl;
use Trade::Load qw(load order);
use Trade::Process qw(wait_for);
use Trade::Time qw(date);

my $day = 86400000;
my $t = Trade->new;
my ($a, $b) = map { $t->redis($_) } qw(a b);
my $kafka = $t->kafka;

sub conf {
    my ($keep) = @_;
    return <<"EOF";
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_limit_keep $keep;
    trade_redis stock {
        server %%A%% name=a;
        server %%B%% name=b;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_timeout 10s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
    }
}
EOF
}

my @vars = (A => $a->address, B => $b->address, KAFKA => $kafka->address);
my $n = $t->nginx(conf('off'), @vars)->start;

sub key { my ($sku, $kind) = @_; return 'trade:{s' . crc32($sku) % 4096 . "}:$kind" }
sub shard {
    my ($sku) = @_;
    return (grep { $_->cmd('EXISTS', key($sku, 'slot')) } $a, $b)[0];
}
sub on { my ($sku, $command, $kind, @args) = @_; return shard($sku)->cmd($command, key($sku, $kind), @args) }
sub bought { my ($sku) = @_; return on($sku, 'HLEN', "bought:$sku") }
sub buyer { my ($sku, $buyer) = @_; return on($sku, 'HGET', "bought:$sku", $buyer) }
sub set { my ($sku, %terms) = @_; is($n->put_stock($sku, total => 1000, %terms)->{status}, 200, "$sku: stock is set") }
sub patch {
    my ($sku, %terms) = @_;
    is($n->request('PATCH', "/v1/stock/$sku", { 'Idempotency-Key' => "k-$sku-" . join('-', %terms) },
        \%terms)->{status}, 200, "$sku: @{[%terms]}");
}

# Orders of so many buyers; each entry then looks as if it were so old.
sub sold {
    my ($sku, $buyers, $age) = @_;
    my @r = load($n, 8, map { order([$sku => 1], "u-$_") } 1 .. $buyers);
    is(scalar(grep { $_->{status} == 201 } @r), $buyers, "$sku: $buyers buyers have bought");
    aged($sku, $age) if $age;
    return map { $_->{headers}{location} } @r;
}
sub aged {
    my ($sku, $age) = @_;
    my @all = @{ on($sku, 'HGETALL', "bought:$sku") };
    while (my ($buyer, $value) = splice @all, 0, 2) {
        my ($had, $deadline, $id) = split / /, $value;
        on($sku, 'HSET', "bought:$sku", $buyer, join ' ', $had, $deadline - $age, $id);
    }
}

# A round begins with the sweeper: here with a new worker.
sub round {
    my ($conf) = @_;
    my $ups = $n->ups;
    $n->configure($conf) if $conf;
    $n->signal('HUP');
    $n->wait_ups($ups + 2);
}

my $now = $a->now;
my %ended = (closes_at => date(($now - $day - 60000) / 1000));

# All that are forgotten together tells that the round is over: LAST is made last,
# but its slot need not be the last one, so what stays is looked at a round later

set('OPEN', limit => 5);
sold('OPEN', 3, 400 * $day);
set('ENDED', limit => 5);
sold('ENDED', 700);
set('JUST', limit => 5);
sold('JUST', 3, 400 * $day);
set('HELD', limit => 5);
sold('HELD', 2, 400 * $day);
set('DUE', limit => 5);
my @due = sold('DUE', 3, 400 * $day);
set('LOCKED', limit => 5);
sold('LOCKED', 3, 400 * $day);
set('CLOSED', limit => 5);
sold('CLOSED', 3, 400 * $day);
set('NOLIMIT');
sold('NOLIMIT', 3, 400 * $day);

aged('ENDED', 400 * $day);
patch($_, %ended) for qw(ENDED HELD DUE LOCKED CLOSED);
patch('JUST', closes_at => date(($now - $day + 3600000) / 1000));

my ($due) = $due[1] =~ m{([^/]+)$};
on('DUE', 'ZADD', 'due', $now + $day, "$due.1");
my (undef, $deadline, $held) = split / /, buyer('HELD', 'u-1');
on('HELD', 'SET', "hold:$held", "HELD 1 1\n{}");
my (undef, undef, $id) = split / /, buyer('LOCKED', 'u-2');
on('LOCKED', 'HSET', 'bought:LOCKED', 'u-2', "1 @{[$now + $day]} $id");
on('CLOSED', 'HSET', 'slot', 'c', 'by hand');

round();
ok(wait_for(sub { bought('ENDED') == 0 }, 300), 'all 700 buyers of a sale that is over are forgotten');
ok(wait_for(sub { bought('DUE') == 1 && bought('LOCKED') == 1 && bought('HELD') == 1 }, 300),
    'the buyers of three other sales are forgotten, except one each');
ok(buyer('DUE', 'u-2'), 'the buyer whose order is not acknowledged is kept');
ok(buyer('HELD', 'u-1'), 'the buyer whose order is held is kept');
ok(buyer('LOCKED', 'u-2'), 'the buyer who is locked is kept');

# a second round is over when what is added for it has gone

set('LAST');
sold('LAST', 2, 400 * $day);
patch('LAST', %ended);
round();
ok(wait_for(sub { bought('LAST') == 0 }, 300), 'the sweeper forgets in another round');
is(bought('OPEN'), 3, 'no buyer of a sale without an end is forgotten');
is(bought('NOLIMIT'), 3, 'no buyer of a sale without a limit is forgotten');
is(bought('JUST'), 3, 'no buyer of a sale that has not been over for a day is forgotten');
is(bought('CLOSED'), 3, 'no buyer in a closed slot is forgotten');

# Comparing with the topic misses nobody who may be forgotten

my $ctl = Trade::Ctl->new(dir => "$t->{dir}/ctl", shards => { a => $a, b => $b },
    kafka => $kafka, topic => $t->topic);
my ($code, $said) = $ctl->compare($ctl->slot('ENDED'));
is($code, 0, 'comparing takes forgotten buyers of a sale that is over') or diag($said);
on('JUST', 'HDEL', 'bought:JUST', 'u-3');
($code, $said) = $ctl->compare($ctl->slot('JUST'));
is($code, 1, 'comparing sees a buyer who is missing before that');
like($said, qr/JUST: buyer u-3 has bought 0, but should have 1/, 'comparing names the missing buyer');
on('JUST', 'HSET', 'bought:JUST', 'u-3', '1 1 000-' . '0' x 26);

# Units that come back make no buyer again

my ($first) = $due[0];
is($n->request('POST', "$first/cancel")->{status}, 200, 'an order of a forgotten buyer is cancelled');
ok(wait_for(sub { $n->stock('DUE')->{sold} == 2 }, 30), "the unit of a forgotten buyer's cancelled order goes back");
is(buyer('DUE', 'u-1'), undef, "a forgotten buyer's cancellation adds no buyer");

# trade_limit_keep: since a buyer's latest order, where the sale has no end

set('KEEP', limit => 1);
sold('KEEP', 3);
aged('KEEP', 31 * $day);
is($n->order([KEEP => 1], 'u-4')->{status}, 201, 'a fourth buyer buys now');
is($n->order([KEEP => 1], 'u-1')->{json}{type}, 'urn:trade-gateway:problem:buyer-limit',
    'an order of 31 days ago counts for the limit');
set('MADE', limit => 5);
sold('MADE', 2);
on('MADE', 'HSET', 'bought:MADE', 'u-1', '1 0 000-' . '0' x 26);
round(conf('30d'));
ok(wait_for(sub { bought('KEEP') == 1 }, 300), 'trade_limit_keep: old buyers are forgotten');
ok(buyer('KEEP', 'u-4'), 'trade_limit_keep: a buyer who has just bought is kept');
ok(wait_for(sub { bought('OPEN') == 0 && bought('NOLIMIT') == 0 }, 300),
    'trade_limit_keep: old buyers of a sale without an end are forgotten');
ok(wait_for(sub { (split / /, buyer('MADE', 'u-1'))[1] > $now }, 300),
    'a buyer whom reconcile has restored has a time from now on');
is(bought('MADE'), 2, 'a buyer whom reconcile has restored is kept');
is(bought('JUST'), 3, 'buyers of a sale that has not been over for a day are kept');
is($n->order([KEEP => 1], 'u-1')->{status}, 201, 'a forgotten buyer may buy again');

# Redis forgets by itself: each of its commands is allowed

is(scalar(() = $n->error_log =~ /did not forget/g), 0, 'the log has no failure to forget');

$t->done;
