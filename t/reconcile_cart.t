# tradectl reconcile and carts, orders whose items lie in several slots and
# shards.  After a loss of any of the shards, each has its parts again,
# cancelled carts stay cancelled, and units that go back later go back once.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use File::Path qw(remove_tree);
use Test::More;
use Trade;
use Trade::Ctl;
use Trade::Process qw(slurp spew wait_for);

my $t = Trade->new;
my %redis = map { $_ => $t->redis($_, args => ['--appendfsync', 'always']) } qw(a b c);
my ($kafka, $topic) = ($t->kafka, $t->topic);

my $n = $t->nginx(<<'CONF', (map { uc $_ => $redis{$_}->address } qw(a b c)), KAFKA => $kafka->address)->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_payment_timeout 1h;
    trade_timeout 6s;
    trade_redis stock {
        server %%A%% name=a;
        server %%B%% name=b;
        server %%C%% name=c;
        timeout 6s;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    server {
        listen 127.0.0.1:%%PORT%%;
        trade_actions place get pay deliver cancel;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
CONF

my $ctl = Trade::Ctl->new(dir => $t->dir, shards => \%redis, kafka => $kafka, topic => $topic);

my %shard;
sub shard {
    my ($sku) = @_;
    return $shard{$sku} //= (grep { $redis{$_}->cmd('EXISTS', $ctl->key($sku, 'slot')) } sort keys %redis)[0];
}
sub on { my ($sku, @cmd) = @_; return $redis{ shard($sku) }->cmd(@cmd) }

# Three SKUs on three shards.  Home is the first of them by name, `$there` and
# `$last` are elsewhere.
my @skus = map { "C-$_" } 10 .. 21;
ok(wait_for(sub { !grep { $n->put_stock($_, total => 100)->{status} != 200 } @skus }, 20), 'stock is set');
my %of;
push @{ $of{ shard($_) } }, $_ for @skus;
is(join(' ', sort keys %of), 'a b c', 'on three shards') or BAIL_OUT('other SKUs, please');
my ($home, $there, $last) = sort map { $_->[0] } values %of;

# All that is in Redis, but versions, how slots are closed, whose sake a buyer is
# locked for, and what is left of carts that were given up or are back.
sub state_of {
    my (%is, %held);
    for my $r (values %redis) {
        for my $key ($r->keys('trade:{*}:*')) {
            my ($slot, $kind, $name) = $key =~ /\{(\w+)\}:(\w+):?(.*)/;
            if ($kind eq 'slot') {
                my %h = @{ $r->cmd('HGETALL', $key) };
                delete @h{qw(v c f r), grep { /^changed\|/ || /^held/ && !$h{$_} } keys %h};
                $is{"$slot $_"} = $h{$_} for keys %h;
            } elsif ($kind eq 'bought') {
                my %h = @{ $r->cmd('HGETALL', $key) };
                for (keys %h) { $is{"$slot $name $_"} = $1 if $h{$_} =~ /^([1-9]\d*)/ }
            } elsif ($kind eq 'order') {
                my $text = $r->cmd('GET', $key);
                $is{$name} = $text if $text !~ /^(?:STOCK|REFUSED)/;
            } elsif ($kind eq 'hold') {
                my $text = $r->cmd('GET', $key);
                $is{"$slot $name"} = $text =~ s/^(\w+ \d+) \d+/$1/r if $text !~ /^FREED/;
            } elsif ($kind ne 'key') {
                $is{"$slot $kind"} = join ' ', sort @{ $r->cmd('ZRANGE', $key, 0, -1) };
            }
        }
    }
    return \%is;
}

sub quiet {
    my ($name) = @_;
    ok(wait_for(sub { !grep { /(?:due|asks)$/ } keys %{ state_of() } }, 20), "$name: all is done")
        or diag explain state_of();
}

sub place {
    my ($buyer, @items) = @_;
    my $r = $n->order(@items ? \@items : [$home => 1, $there => 2, $last => 3], $buyer);
    is($r->{status}, 201, "$buyer orders") or diag $r->{body};
    return $r->{json}{order_id};
}

sub act {
    my ($id, @actions) = @_;
    for (@actions) {
        my $r = $n->request('POST', "/v1/orders/$id/$_");
        is($r->{status}, 200, $_) or diag $r->{body};
    }
    return $id;
}

# All slots that sell here.
my %slots = map { $ctl->slot($_) => 1 } @skus;
my @all = sort keys %slots;

sub equal {
    my ($name, @what) = @_;
    my ($code, $said) = $ctl->compare(@what ? @what : @all);
    is($code, 0, "$name: Redis is as the topic says") or diag $said;
    return $said;
}

sub reconciles {
    my ($name, $code, @what) = @_;
    my ($got, $said) = $ctl->reconcile('-w', 0, '-P', 3600, @what ? @what : @all);
    is($got, $code, "$name: exit code") or diag $said;
    return $said;
}

sub same {
    my ($name, $was) = @_;
    my $is = state_of();
    my %all = (%$is, %$was);
    my @differ = map { "$_: " . ($is->{$_} // 'none') . ', was ' . ($was->{$_} // 'none') }
        grep { ($is->{$_} // '') ne ($was->{$_} // '') } sort keys %all;
    is(join("\n", @differ), '', "$name: all is what it was");
}

# tradectl on another topic, which has what `change` leaves of each event.
sub sent {
    my ($name, $change) = @_;
    for my $record ($kafka->records($topic)) {
        my $h = $record->{headers};
        $change->($h) or next;
        open my $k, '|-', 'kcat', '-P', '-b', $kafka->address, '-t', "$topic-$name", '-k', $record->{key},
            map { ('-H', "$_=$h->{$_}") } sort keys %$h or die "kcat: $!\n";
        print $k $record->{payload};
        close $k or die "kcat\n";
    }
    return Trade::Ctl->new(dir => $t->dir, shards => \%redis, kafka => $kafka, topic => "$topic-$name");
}

# A gateway that forgets what it knew; `while_it_is_away` is done between.
sub restarted {
    my ($while_it_is_away) = @_;
    $n->stop('QUIT');
    $while_it_is_away->();
    unlink "$n->{dir}/error.log";
    $n->start;
}

# Keeps what a server has; and takes it back to that.
sub keeps {
    my ($r) = @_;
    system('cp', '-r', "$r->{dir}/appendonlydir", "$r->{dir}/kept") == 0 or die "cp\n";
}
sub takes_back {
    my ($r) = @_;
    $r->stop;
    remove_tree("$r->{dir}/appendonlydir");
    rename "$r->{dir}/kept", "$r->{dir}/appendonlydir" or die "rename: $!\n";
    $r->start;
}

# FLUSHALL: of a shard that has only parts, of home's, of all

my %id;
for my $round (['part', $there], ['home', $home], ['all', $home, $there, $last]) {
    my ($what, @skus) = @$round;
    is($n->order([$home => 200, $last => 1], "$what-refused")->{status}, 409, 'a cart is refused');
    $id{placed} = place("$what-placed");
    act($id{paid} = place("$what-paid"), 'pay');
    act(place("$what-delivered"), 'pay', 'deliver');
    act($id{cancelled} = place("$what-cancelled"), 'cancel');
    act(place("$what-refunded"), 'pay', 'cancel');
    place("$what-single", $there => 1);
    quiet($what);
    my $said = equal("$what, before");
    unlike($said, qr/missing|rolled back/, 'a cart that was given up leaves no missing version')
        if $what eq 'part';
    my $was = state_of();
    on($_, 'FLUSHALL') for @skus;
    is($n->order([$_ => 1], 'u-9')->{status}, 503, 'the loss is noticed') for @skus;
    # what was held and given up had a version, and no event
    $said = reconciles($what, (grep { $_ eq $last } @skus) ? 1 : 0);
    like($said, qr/parts of carts: \d+ restored/, "$what: reconcile tells of restored parts")
        if $what ne 'home';
    like($said, qr/\d orders or changes of stock are neither in Redis nor in the topic$/m,
        "$what: carts that were given up count as missing versions") if $what eq 'all';
    unlike($said, qr/ALARM|not done|stays closed/, "$what: reconcile has no alarm") or diag $said;
    quiet("$what, restored");
    same($what, $was);
    equal($what);
}

is($n->request('POST', "/v1/orders/$id{cancelled}/cancel")->{status}, 200,
    'a restored cart that is cancelled again is answered 200');
quiet('cancelled again');
my $was = state_of();
act($id{$_}, 'cancel') for qw(placed paid);
quiet('cancelled later');
my $is = state_of();
my @q = (1, 2, 3);
for my $sku ($home, $there, $last) {
    my $field = 's' . $ctl->slot($sku) . " available|$sku";
    is($is->{$field} - $was->{$field}, 2 * shift @q, "$sku: the units of restored carts go back once");
}
equal('cancelled later');

# one slot alone: its part is in the topic, though its home is not asked for

my $part = place('alone');
quiet('alone');
$was = state_of();
on($there, 'DEL', map { @{ on($there, 'KEYS', $ctl->key($there, $_)) } } 'slot', 'bought:*', 'hold:*', 'order:*');

# with no more than the documented rights
my @rights = slurp("$FindBin::Bin/../docs/directives.md") =~ /^    (~trade:\* .*)/mg;
spew("$t->{dir}/password", "secret\n");
sub as {
    my ($right, @args) = @_;
    on($there, 'ACL', 'SETUSER', 'operator', 'reset', 'on', '>secret', '-@all', split ' ', $rights[$right]);
    return $ctl->run('-u', 'operator', '-p', "$t->{dir}/password", 'reconcile', '-b', $kafka->address, '-T', $topic,
        @args, $ctl->slot($there));
}
my ($code, $said) = as(2, '-w', 0, '-P', 3600);
is($code, 0, 'one slot: exit code') or diag $said;
like($said, qr/parts of carts/, 'reconcile of one slot restores its parts');
is((as(1, '--compare'))[0], 0, 'the documented rights for --compare suffice for carts');
same('one slot', $was);
equal('one slot');
equal('by itself', $ctl->slot($there));

# a participant is rolled back: a hold is lost, and one is sold that is back

my $back = place('back');
quiet('back');
keeps($redis{ shard($there) });
my $new = place('new');
act($back, 'cancel');
act($part, 'pay');
quiet('rolled back');
$was = state_of();
restarted(sub { takes_back($redis{ shard($there) }) });
is(on($there, 'GET', $ctl->key($there, "hold:$new")), undef, 'the rollback has lost a hold');
like(on($there, 'GET', $ctl->key($there, "hold:$back")), qr/^SOLD /, 'the rollback has made a FREED hold SOLD');
my $then = on($there, 'TIME')->[0];
ok(wait_for(sub { on($there, 'TIME')->[0] > $then + 1 }), 'the rollback is longer ago than clocks may differ');
($code, my $text) = $ctl->compare(@all);
is($code, 1, '--compare notices the rollback of a participant');
like($text, qr/$new, version \d+, is in the topic but not in Redis/, '--compare names the lost hold');
$said = reconciles('a participant', 0);
like($said, qr/parts of carts: 1 restored, 1 freed/, 'reconcile restores one part and frees another');
quiet('a participant');
same('a participant', $was);
equal('a participant');

# a part whose cart has ended is still sold, and home's in-doubt entry is gone

$back = act(place('back-1'));
quiet('back');
keeps($redis{ shard($there) });
act($back, 'cancel');
quiet('rolled back');
$was = state_of();
restarted(sub { takes_back($redis{ shard($there) }) });
equal('home may be about to tell');

# in the topic of `sent` that was a minute ago
($code, $text) = sent('earlier', sub { $_[0]{ce_time} =~ s/^\d+/2020/ if $_[0]{ce_id} eq "$back.2"; 1 })
    ->compare($ctl->slot($there));
is($code, 1, '--compare notices a cart that has ended and is still sold');
like($text, qr/$back, version \d+, has ended, but is still sold here/, '--compare names the cart that is still sold');

on($home, 'FLUSHALL');
reconciles('home alone', 0, shard($home));
quiet('home alone');
same('home alone', $was);

# home is rolled back: an order is lost, and the end of one

$back = place('back-2');
quiet('back');
keeps($redis{ shard($home) });
$new = place('new-2');
act($back, 'cancel');
act($part, 'deliver');
quiet('rolled back');
$was = state_of();
restarted(sub { takes_back($redis{ shard($home) }) });
is($n->get("/v1/orders/$back")->{json}{state}, 'placed', 'the rollback of home has lost a cancellation');
reconciles('home', 0);
quiet('home');
same('home', $was);
equal('home');
is($n->get("/v1/orders/$back")->{json}{state}, 'cancelled', 'reconcile restores the cancellation');
act($new, 'cancel');
quiet('cancelled');
equal('cancelled');

# rolled back to where it was not decided: others hold, home has nothing

my ($silent) = $redis{ shard($last) };
sub undecided {
    my ($buyer) = @_;
    $silent->signal('STOP');
    my $s = $n->connect;
    my $body = qq({"buyer_id":"$buyer","items":[{"sku":"$home","quantity":1},{"sku":"$there","quantity":2},)
        . qq({"sku":"$last","quantity":3}]});
    print $s "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
        . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
    ok(wait_for(sub { (on($there, 'HGET', $ctl->key($there, 'slot'), "held|$there") // 0) > 0 }, 5),
        'a participant holds its part');
    return $s;
}

for my $gone ('at once', 'after it was given up') {
    quiet($gone);
    my $s = undecided("undecided, $gone" =~ s/\W+/-/gr);
    keeps($redis{ shard($_) }) for $home, $there;
    $silent->signal('CONT');
    my ($id) = do { local $/; <$s> } =~ m{^HTTP/1.1 20[12] .*^Location: /v1/orders/(\S+)\r}sm
        or BAIL_OUT('it is not placed');
    quiet('undecided');
    $was = state_of();
    $n->stop('QUIT');
    takes_back($redis{ shard($_) }) for $home, $there;
    is(on($home, 'GET', $ctl->key($home, "order:$id")), undef, 'home has no order after the rollback');
    like(on($there, 'GET', $ctl->key($there, "hold:$id")), qr/^HELD /,
        'a participant has a HELD hold after the rollback');
    unlink "$n->{dir}/error.log";

    if ($gone ne 'at once') {
        $n->start;
        quiet($gone);
        like(on($home, 'GET', $ctl->key($home, "order:$id")), qr/^REFUSED /, 'home gives the cart up');
        like(on($there, 'GET', $ctl->key($there, "hold:$id")), qr/^FREED /, 'the participant frees its hold');
        ($code, $text) = $ctl->compare(@all);
        is($code, 1, '--compare notices a placed cart that was given up');
        like($text, qr/$id, version \d+, was freed here, but stands in the topic/,
            '--compare names the placed cart that was given up');
    }

    $said = reconciles($gone, 0);
    like($said, qr/parts of carts: 1 restored, 0 freed/,
        'reconcile sells the part of a placed cart that was given up')
        if $gone ne 'at once';
    $n->start if $gone eq 'at once';
    quiet($gone);
    same($gone, $was);
    equal($gone);
    act($id, 'cancel');
    quiet('cancelled');
    equal("$gone, cancelled");
}

# a cart that was never decided, and whose worker is dead: its hold stays, and
# all its units go back; a shard that has lost its part has no order to restore

$was = state_of();
my $s = undecided('nobody');
my @victims = $n->workers;
$n->kill_worker($_) for @victims;
$n->stop('QUIT');
$silent->signal('CONT');
ok(wait_for(sub { eval { $silent->cmd('PING') } }, 5), 'the silent shard speaks again');
equal('not decided');
unlike(reconciles('not decided', 0), qr/restored|parts|rolled back/, 'reconcile leaves an undecided cart as it is');
equal('not decided, reconciled');
on($there, 'FLUSHALL');
reconciles('not decided, and lost', 0, shard($there));
equal('not decided, and lost');
$n->start;
quiet('not decided');
same('not decided', $was);
equal('given up');

# placed, confirmed and lost before Kafka had it: the units that participants
# have sold go back

my $id = sprintf '%03x-%s', $ctl->slot($home), '0' x 26;
my $v = on($there, 'HINCRBY', $ctl->key($there, 'slot'), 'v', 1);
on($there, 'HINCRBY', $ctl->key($there, 'slot'), "available|$there", -2);
on($there, 'HSET', $ctl->key($there, "bought:$there"), 'lost', "2 0 $id");
on($there, 'SET', $ctl->key($there, "hold:$id"), "SOLD $v " . ($redis{ shard($there) }->now - 61000)
    . qq(\n{"buyer_id":"lost","items":[{"sku":"$there","quantity":2}]}));
($code, $text) = $ctl->compare(@all);
is($code, 1, '--compare notices a sold part without an order');
like($text, qr/$id, version $v, is sold here, but neither its home nor the topic has the order/,
    '--compare names the sold part without an order');
like(reconciles('lost', 1), qr/lost: a part of $id is sold here, but neither its home nor the topic has the order/,
    'reconcile names the sold part without an order');
same('lost', $was);
equal('lost');

# the topic has lost a cancellation that was acknowledged: it is due again, and
# what a part gave back stays so, though its hold is gone; home is opened first

my ($one, $two);
for my $x (@skus) {
    ($one, $two) = ($x, $_) for grep { $x lt $_ && shard($x) lt shard($_) } @skus;
}
$id = act(place('unsent', $one => 1, $two => 2), 'cancel');
quiet('unsent');
$was = state_of();
on($two, 'DEL', $ctl->key($two, "hold:$id"));
($code, $text) = sent('less', sub { $_[0]{ce_id} ne "$id.2" })->reconcile('-w', 0, '-P', 3600, @all);
is($code, 1, 'reconcile notices that the topic has lost a cancellation') or diag $text;
like($text, qr/1 events that the topic has lost will be published again/,
    'reconcile publishes the lost cancellation again');
unlike($text, qr/ALARM|parts of carts/, 'reconcile restores no part of a cancelled cart') or diag $text;
quiet('unsent');
same('unsent', $was);

# altered, it is an alarm

$id = place('altered');
quiet('altered');
my $key = $ctl->key($there, "hold:$id");
on($there, 'SET', $key, on($there, 'GET', $key) =~ s/"quantity":2/"quantity":1/r);
like(reconciles('altered', 1, shard($there)), qr/ALARM: $id has other content in its event than in its hold/,
    'a hold that was altered raises an alarm');
is($n->order([$there => 1], 'u-9')->{status}, 503, 'a slot with an altered hold stays closed');

$t->done;
