# The example consumers take the topic into PostgreSQL, and the database equals
# it in the end: killed at random, with others in their group, with copies and
# with records nobody can read, and with no database for a while.
#
# SEED=  of what is produced, and of when who is killed

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP;
use List::Util qw(first shuffle sum0);
use Test::More;
use Time::HiRes qw(sleep);
use Trade;
use Trade::Process qw(slurp spew wait_for);

my $seed = $ENV{SEED} // 1;
srand $seed;

my $t = Trade->new;
my ($redis, $kafka, $pg) = ($t->redis('a'), $t->kafka, $t->postgres);
my $topic = $t->topic;

my $n = $t->nginx(<<'EOF', A => $redis->address, KAFKA => $kafka->address)->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock { server %%A%% name=a; }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
    }
}
EOF

my @kinds = map { { name => $_->[0], command => $_->[1], group => "$topic-$_->[0]",
    database => $pg->create($_->[0], "$Trade::root/examples/schema.sql") } }
    ['c', ["$ENV{TRADE_OUT}/consumer"]],
    ['python', ['/usr/bin/python3', "$Trade::root/examples/consumer.py"]];

# The messages in the topic: orders of the gateway, and of a producer that
# writes events of later versions, and malformed ones.

my @states = qw(paid delivered cancelled expired);
my @skus = ((map { "S-$_" } 1 .. 16), 'CLE-056621/6', 'say "hi" \\ it\'s', 'a|b, 3(4)', '..');
my ($synthetic, $buyers) = (0, 0);
our $metadata = '{}';

is($n->put_stock($_, total => 1000)->{status}, 200, "stock of $_ is set")
    for @skus[0, 1];
$n->put_stock($_, total => 1000) for @skus;
place(60);
is($n->order([$skus[0] => 1], 'u-x', 'odd', metadata => JSON::PP->new->decode(
    '{"nothing": "\u0000", "e": "\u00e9"}'))->{status}, 201,
    'an order with a NUL in its metadata is placed');
is($n->request('POST', '/v1/orders', undef, '{"buyer_id":"u-y","items":'
    . '[{"sku":"S-1","quantity":1}],"metadata":{"much": 1e999999}}')->{status},
    201, 'an order with a number that no database has room for is placed');

my $phone = "\x{624b}\x{673a}";
$n->put_stock($phone, total => 1000);
is($n->order([$phone => 1], "auth0|5f7c \"\x{e9}\"")->{status}, 201,
    'an order whose names are not ASCII is placed');

my @placed = grep { $_->{headers}{ce_type} eq 'trade.order.placed.v1' } topic();
is(scalar @placed, 63, 'the gateway has placed orders');

produce(poison(), lives(600, @placed));

# The consumers, while orders are placed, and more of them than can be taken
# while they live.

start($_, 'a', '-X', 'group.instance.id=a') for @kinds;

for my $round (1 .. 10) {
    join_in() if $round == 2 || $round == 5 || $round == 9;
    my %before = map { $_->{name} => progress($_) } @kinds;
    produce(lives(150));
    place(4);
    for my $kind (shuffle @kinds) {
        ends($kind, 'b') if $round == 3;
        murder($kind, 'b') if $round == 7;
        wait_for(sub { progress($kind) > $before{ $kind->{name} } }, 20, 0.02)
            or fail("$kind->{name} makes progress");
        sleep rand 0.1;
        murder($kind, 'a');
        start($kind, 'a', '-X', 'group.instance.id=a');
    }
    outage() if $round == 6;
}

produce(poison(), lives(50));
$n->put_stock($_, total => 1000 + rand 100) for @skus;

# The end: all of it, and nothing else.

ok(finished($_), "$_->{name}: the consumer commits up to the end of the topic") for @kinds;
my @records = topic();
my $want = fold(@records);

for my $kind (@kinds) {
    my $name = "$kind->{name}:";
    my $got = database($kind);
    is_deeply($got->{$_}, $want->{$_}, "$name $_ equal the topic")
        or diag(difference($got->{$_}, $want->{$_})) for sort keys %$want;
    buried($kind, @records);
    ok(wait_for(sub { log_of($kind, 'a') =~ /^lag 0, \d+ records\/s; done \d+, copies [1-9]\d*, dead \d+$/m }),
        "$name lag and speed are told");
    $kind->{rows} = rows($kind);
}

my @copies = grep { !poisonous($_) } shuffle @records;
produce(map { line($_) } @copies[0 .. 299]);

for my $kind (@kinds) {
    ok(finished($kind), "$kind->{name}: copies of all sorts are consumed");
    is(rows($kind), $kind->{rows}, "$kind->{name}: copies change nothing in the database");
    ends($kind, $_) for 'a', 'b';
}

filled($_) for @kinds;
lost();

note "seed $seed; ", scalar @records, ' records';
$t->done;


# Orders, through the gateway.
sub place {
    my ($count) = @_;
    for (1 .. $count) {
        my $r = $n->order([$skus[rand @skus], 1 + int rand 3], 'u-' . ++$buyers,
            "k-$buyers");
        $r->{status} =~ /^20[12]$/ or die "$r->{status} $r->{body}";
    }
}

# The records of the topic, text as the bytes there are.
sub topic {
    my ($name) = @_;
    my $file = $t->dir . '/topic';
    $kafka->dump_to($file, $name // $topic);
    open my $f, '<:raw', $file or die;
    my @records = map { JSON::PP->new->decode($_) } <$f>;
    for my $r (@records) {
        $r->{pairs} = $r->{headers} // [];
        $r->{headers} = { @{ $r->{pairs} } };
    }
    return sort { $a->{partition} <=> $b->{partition}
        || $a->{offset} <=> $b->{offset} } @records;
}

# Records as t/kafka_produce.c has them.
sub line {
    my ($r) = @_;
    my @pairs = @{ $r->{pairs} };
    my @headers;
    while (my ($name, $value) = splice @pairs, 0, 2) {
        push @headers, escape($name) . '=' . escape($value);
    }
    return join "\t", escape($r->{key}), @headers,
        defined $r->{payload} ? escape($r->{payload}) : '-';
}

sub escape { my ($s) = @_; $s =~ s/([^ -~]|[%=]|^-$)/sprintf '%%%02X', ord $1/gse; return $s }

sub produce {
    my @lines = @_;
    my $file = $t->dir . '/lines';
    spew($file, join '', map { "$_\n" } @lines);
    system("$ENV{TRADE_OUT}/t/kafka_produce $kafka->{address} $topic < $file") == 0
        or die "kafka_produce failed\n";
}

# An event of an order as the gateway makes it.
sub event {
    my ($order, $sequence, $state, @more) = @_;
    my $id = $order->{id};
    return { key => $id, payload => $order->{payload}, pairs => [
        ce_specversion => '1.0', ce_type => "trade.order.$state.v1",
        ce_source => '/trade-gateway', ce_id => "$id.$sequence",
        ce_subject => $id, ce_sequence => $sequence,
        ce_time => sprintf('2026-01-02T03:%02d:%02d.%03dZ', $sequence % 60,
            rand 60, rand 1000), 'content-type' => 'application/json', @more] };
}

# An order that no gateway has placed.
sub order {
    my (%with) = @_;
    my $id = sprintf '%03x-%026d', $synthetic % 4096, ++$synthetic;
    my @items = map { { sku => $_, quantity => 1 + int rand 5 } }
        (shuffle @skus)[0 .. rand 3];
    my $payload = JSON::PP->new->canonical->encode({
        order_id => $id, created_at => '2026-01-02T03:00:00.000Z',
        buyer_id => "b-$synthetic", items => \@items, metadata => 'M', %with });
    return { id => $id, payload => $payload =~ s/"M"/$metadata/r };
}

# The lives of so many orders, and of those that were placed, interleaved; with
# copies, some of them of what is no longer the latest.
sub lives {
    my ($count, @placed) = @_;
    my @alive = ((map { { id => $_->{key}, payload => $_->{payload}, sequence => 1 } } @placed),
        map { order() } 1 .. $count);
    my @lines;
    while (@alive) {
        my $i = int rand @alive;
        my $o = $alive[$i];
        my $sequence = ++$o->{sequence};
        my $state = $sequence == 1 ? 'placed' : $states[rand @states];
        push @{ $o->{past} }, line(event($o, $sequence, $state));
        push @lines, $o->{past}[-1];
        push @lines, $o->{past}[rand @{ $o->{past} }] while rand() < 0.2;
        splice @alive, $i, 1 if rand() < 0.4;
    }
    return @lines;
}

# Each sort of what is no event, among events.  The header says what becomes of
# it: the reason of its dead letter, or with "counts" that its sequence is taken.
sub poison {
    my @lines;
    my $bad = sub {
        my ($reason, $r, %with) = @_;
        my %headers = (@{ $r->{pairs} }, %{ delete $with{headers} // {} });
        delete @headers{ grep { !defined $headers{$_} } keys %headers };
        push @lines, line({ %$r, pairs => [%headers, test_poison => $reason], %with });
    };
    my $placed = sub { event(order(@_), 1, 'placed') };
    my $payload = sub { my ($r, $from, $to) = @_; $r->{payload} =~ s/$from/$to/; return $r };

    $bad->('no header ce_type', $placed->(), headers => { ce_type => undef });
    $bad->('unnamed', $placed->(), headers => { ce_type => undef, "\xff" => 1 });
    $bad->('no header ce_time', $placed->(), headers => { ce_time => undef });
    $bad->('malformed header ce_sequence', $placed->(), headers => { ce_sequence => $_ })
        for '0', '01', 'x', '-1', ' 1', '1 ', '1' x 19;
    $bad->('malformed header ce_id', $placed->(), headers => { ce_id => "\0" });
    $bad->('the value is not JSON', $placed->(), payload => $_)
        for '{', '', undef, "\xff", '[' x 60_000 . ']' x 60_000;
    $bad->('the value is not what', $placed->(), payload => $_)
        for 'null', '[]', '"order_id"', '{}', '1e999';
    $bad->('the value is not what', $placed->(), headers => { ce_id => 'x.1' });
    $bad->('the value is not what', $placed->(), headers => { ce_subject => 'x' });
    $bad->('the value is not what', $placed->(@$_)) for [order_id => 'x'],
        [items => []], [items => {}], [items => undef], [buyer_id => 1],
        [created_at => 5];
    $bad->('refused', $placed->(@$_)) for [created_at => 'yesterday'],
        [items => [{ sku => 'S-1', quantity => 0 }]],
        [items => [{ sku => 'S-1', quantity => 'x' }]],
        [items => [{ sku => 'S-1' }]], [items => [1]],
        [items => [map { { sku => 'S-1', quantity => 1 } } 1, 2]];
    $bad->('refused', $placed->(), headers => { ce_time => 'now and then' });
    $bad->('refused', $payload->($placed->(), '"b-', '"b-\\u0000'));
    $bad->('', $payload->($placed->(), $_->[0], $_->[1])) for
        ['\{', "{\0"], ['\}$', '}}'], ['"b-', "\"\xff"], [':', ":\x01"];

    my $stock = { key => 'S-1', payload => '{"change_id":"c","sku":"S-1","total":"1","version":9}',
        pairs => [@{ event({ id => 'S-1' }, 1, '')->{pairs} }, ce_type => 'trade.stock.set.v1', ce_id => 'c.1'] };
    $bad->('the value is not what', $stock);
    $bad->('unknown type trade.other.v1', $placed->(), headers => { ce_type => 'trade.other.v1' });
    push @lines, line({ key => 'none', payload => 'none', pairs => [] });

    my ($gap, $new) = (order(), order());
    push @lines, line(event($gap, 1, 'placed'));
    $bad->("gap: sequence $_ ", event($gap, $_, 'paid')) for 3, 4;
    $bad->('gap: sequence 2 ', event(order(), 2, 'paid'));

    push @lines, line(event($new, 1, 'placed'));
    $bad->('unknown type', event($new, 2, 'refunded', test_counts => 1));
    push @lines, line(event($new, 3, 'delivered'));
    return @lines;
}

sub poisonous { my ($r) = @_; return exists $r->{headers}{test_poison} || $r->{key} eq 'none' }

# The state that the messages lead to.
sub fold {
    my @records = @_;
    my (%orders, %stock, %sold);
    for my $r (@records) {
        my $h = $r->{headers};
        next if poisonous($r) && !$h->{test_counts};
        my $value = JSON::PP->new->decode($r->{payload} =~ s/1e999999|\[1,[1,]*\]/1/r);
        if ($h->{ce_type} eq 'trade.stock.set.v1') {
            $stock{ $r->{key} } = $value if $value->{version}
                > ($stock{ $r->{key} }{version} // 0);
            next;
        }
        my ($o, $state) = ($orders{ $h->{ce_subject} } //= {}, $h->{ce_type} =~ /\.(\w+)\.v1$/);
        next if $h->{ce_sequence} <= ($o->{sequence} // 0);
        %$o = (sequence => $h->{ce_sequence}, changed => $h->{ce_time}, body => $r->{payload},
            state => $h->{test_counts} ? $o->{state} : $state, value => $value);
    }
    for my $o (grep { $_->{state} =~ /placed|paid|delivered/ } values %orders) {
        $sold{ $_->{sku} } += $_->{quantity} for @{ $o->{value}{items} };
    }
    return { orders => { map { my ($id, $o) = ($_, $orders{$_}); $id => join "\n",
                $id, @$o{qw(sequence state)}, $o->{value}{buyer_id},
                $o->{value}{created_at}, @$o{qw(changed body)},
                sort map { "$_->{sku} $_->{quantity}" } @{ $o->{value}{items} } }
            keys %orders },
        stock => { map { $_ => join ' ', @{ $stock{$_} }{qw(version total)} } keys %stock },
        sales => \%sold };
}

# The same from the database.
sub database {
    my ($kind) = @_;
    my $time = q('YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
    my $utc = q(AT TIME ZONE 'UTC');
    my @orders = $pg->query($kind->{name}, <<"EOF");
SELECT id, sequence, state, buyer, to_char(placed_at $utc, $time),
    to_char(changed_at $utc, $time), body,
    (SELECT string_agg(sku || ' ' || quantity, E'\\n' ORDER BY sku) FROM items WHERE order_id = id)
FROM orders
EOF
    return { orders => { map { $_->[0] => join "\n", @$_ } @orders },
        stock => { map { @$_ } $pg->query($kind->{name},
            q(SELECT sku, version || ' ' || total FROM stock)) },
        sales => { map { @$_ } $pg->query($kind->{name}, 'SELECT * FROM sold') } };
}

sub difference {
    my ($got, $want) = @_;
    my $key = first { ($got->{$_} // '') ne ($want->{$_} // '') } sort keys %{ { %$got, %$want } };
    return "got: @{[$got->{$key} // 'none']}\nwant: @{[$want->{$key} // 'none']}";
}

# Every row, and who wrote it last.
sub rows {
    my ($kind) = @_;
    return join ' ', map { join ',', map { @$_ } $pg->query($kind->{name},
        "SELECT count(*), md5(string_agg(x::text || xmin, ' ' ORDER BY x::text)) FROM $_ x") }
        qw(orders items stock);
}

# Its dead letters are the poison, and all of it.
sub buried {
    my ($kind, @records) = @_;
    my $at = sub { "$_[0]/$_[1]" };
    my %poison = map { $at->(@$_{qw(partition offset)}) => $_ } grep { poisonous($_) } @records;
    my %dead;
    for my $letter (topic("$topic.dead")) {
        my $h = $letter->{headers};
        next if $h->{dead_group} ne $kind->{group} || $h->{dead_topic} ne $topic;
        $dead{ $at->(@$h{qw(dead_partition dead_offset)}) } = $letter;
    }
    is_deeply([sort keys %dead], [sort keys %poison],
        "$kind->{name}: dead letters are unreadable messages and those after a gap")
        or return;
    my @wrong = grep { !whole($dead{$_}, $poison{$_}) } sort keys %poison;
    is(join("\n", map { "$dead{$_}{headers}{dead_reason} / " . line($poison{$_}) } @wrong), '',
        "$kind->{name}: dead letters are whole, and have their reason");
}

sub whole {
    my ($letter, $r) = @_;
    my $n = @{ $r->{pairs} };
    my $reason = $r->{headers}{test_poison} // 'no header';
    return $letter->{key} eq $r->{key}
        && ($letter->{payload} // '-') eq ($r->{payload} // '-')
        && (index($letter->{headers}{dead_reason}, $reason) == 0
            && "@{ $letter->{pairs} }[0 .. $n - 1]" eq "@{ $r->{pairs} }"
            # a client that can't tell such headers can't keep them
            || $reason eq 'unnamed' && $letter->{headers}{dead_reason}
                =~ /^no header ce_type$|^the name of a header is not UTF-8$/);
}

# An instance of a consumer.
sub start {
    my ($kind, $name, @args) = @_;
    $kind->{$name} = Trade::Process->new(log => log_file($kind, $name),
        command => [@{ $kind->{command} }, '-b', $kafka->address,
            '-t', $topic, '-g', $kind->{group}, '-d', $kind->{database}, '-n', 20, '-w', 1,
            '-X', 'session.timeout.ms=6000', '-X', 'heartbeat.interval.ms=200',
            '-X', 'topic.metadata.refresh.interval.ms=1000', @args]);
}

sub log_file { my ($kind, $name) = @_; return $t->dir . "/$kind->{name}-$name.log" }
sub log_of { my ($kind, $name) = @_; return slurp(log_file($kind, $name)) }

sub murder {
    my ($kind, $name) = @_;
    $kind->{$name}->running or fail("$kind->{name} $name runs until it is killed");
    $kind->{$name}->stop('KILL');
}

sub ends {
    my ($kind, $name) = @_;
    $kind->{$name}->signal('TERM');
    ok($kind->{$name}->wait_end(10) && $kind->{$name}{status} == 0,
        "$kind->{name}: SIGTERM ends it, and all is well");
}

# Another instance of each joins, while there is work for both; such as takes
# longer to read than to write, so that partitions go with a batch in hand.
sub join_in {
    local $metadata = '{"much":[' . join(',', (1) x 1200) . ']}';
    my %before = map { $_->{name} => length log_of($_, 'b') } @kinds;
    start($_, 'b') for @kinds;
    wait_for(sub {
        produce(lives(40));
        return !grep { substr(log_of($_, 'b'), $before{ $_->{name} })
            !~ /; done [1-9]/ } @kinds;
    }, 20, 0.2) or fail('another instance has a share of the work');
}

# How many events have been taken.
sub progress {
    my ($kind) = @_;
    return ($pg->query($kind->{name}, 'SELECT coalesce(sum(sequence), 0) FROM orders'))[0][0];
}

# The database dies, and is back when all have noticed.
sub outage {
    my @logs = map { my $kind = $_; map { log_file($kind, $_) } 'a' } @kinds;
    my %before = map { $_ => -s $_ } @logs;
    my $down = sub { substr(slurp($_[0]), $before{ $_[0] }) =~ /again in.*again in/s };
    $pg->stop('QUIT');
    produce(lives(50));
    ok(wait_for(sub { !grep { !$down->($_) } @logs }, 20),
        'without a database the consumers try again');
    ok(wait_for(sub { !grep { substr(slurp($_), $before{$_}) !~ /^lag \?, /m } @logs }, 20),
        'without a database the lag of the consumers is unknown');
    $pg->start;
    ok(finished($_), "$_->{name}: consumers go on when the database is back") for @kinds;
}

# Has the group committed the end of the topic?
sub finished {
    my ($kind) = @_;
    return wait_for(sub {
        my @ends = committed($kind->{group});
        return @ends && !grep { $_->[1] != $_->[2] } @ends;
    }, 30, 0.2);
}

# Of each partition that has records: number, what is committed, the end.
sub committed {
    my ($group) = @_;
    my $script = <<'EOF';
import sys
from confluent_kafka import Consumer, TopicPartition
c = Consumer({'bootstrap.servers': sys.argv[1], 'group.id': sys.argv[2]})
topic = c.list_topics(sys.argv[3], 10).topics[sys.argv[3]]
for p in c.committed([TopicPartition(topic.topic, n) for n in topic.partitions], 10):
    low, high = c.get_watermark_offsets(p, 10)
    if high:
        print(p.partition, p.offset, high)
EOF
    open my $p, '-|', '/usr/bin/python3', '-c', $script, $kafka->address, $group, $topic
        or die;
    return map { [split] } <$p>;
}

# An event that is missing is waited for: other orders go on, and nothing that
# waits is committed, so that whoever is killed meanwhile waits again.
sub filled {
    my ($kind) = @_;
    my $name = $kind->{name};
    my $order = order();
    my $state = sub {
        my ($row) = $pg->query($name, "SELECT sequence FROM orders WHERE id = '"
            . ($_[0] // $order)->{id} . "'");
        return $row ? $row->[0] : 0;
    };
    my $dead = () = topic("$topic.dead");
    my $lags = sub { [log_of($kind, $_[0]) =~ /^lag (\S+), /mg] };

    my $behind = sum0(map { $_->[2] - $_->[1] } committed($kind->{group}));
    start($kind, 'd', '-w', 600);
    ok(wait_for(sub { grep { $_ eq '0' } @{ $lags->('d') } }, 20)
        && !grep({ /\d/ && $_ > $behind } @{ $lags->('d') }),
        "$name: the lag is what is not committed, or not known yet")
        or diag("@{ $lags->('d') }");

    my %end = map { $_->[0] => $_->[2] } committed($kind->{group});
    produce(line(event($order, 1, 'placed')));
    ok(wait_for(sub { $state->() == 1 }, 20), "$name: an order is taken");
    produce(line(event($order, $_, 'paid'))) for 4, 3;

    my @others = map { order() } 1 .. 50;
    produce(map { line(event($_, 1, 'placed')) } @others);
    ok(wait_for(sub { !grep { !$state->($_) } @others }, 20),
        "$name: behind a gap other orders are taken");
    is($state->(), 1, "$name: the order waits for the event that is missing");
    ok(wait_for(sub { grep { /^[1-9]/ } @{ $lags->('d') } }, 20),
        "$name: waiting events count in the lag");

    murder($kind, 'd');
    my ($first) = grep { $_->[2] - $_->[1] > 0 } committed($kind->{group});
    ok($first && $first->[1] == $end{ $first->[0] } + 1,
        "$name: the consumer commits up to the waiting events");

    start($kind, 'e', '-w', 600);
    produce(line(event($order, 2, 'paid')));
    ok(wait_for(sub { $state->() == 4 }, 30), "$name: the gap is filled, and all is taken");
    ok(finished($kind), "$name: the events behind the gap are committed");
    is(scalar(() = topic("$topic.dead")), $dead, "$name: there is no dead letter");
    ends($kind, 'e');
}

# Records that Kafka deletes before they are read are not passed over in silence.
sub lost {
    my $r = $records[0];
    produce(map { line($r) } 1 .. 3);
    my ($end) = map { $_->[2] } grep { $_->[0] == $r->{partition} } committed($kinds[0]{group});
    system("$ENV{TRADE_OUT}/t/kafka_delete", $kafka->address, $topic, $r->{partition}, $end - 1) == 0
        or die "kafka_delete failed\n";
    for my $kind (@kinds) {
        start($kind, 'c', '-X', 'group.instance.id=a');
        ok($kind->{c}->wait_end(20) && $kind->{c}{status} == 1 << 8
            && log_of($kind, 'c') =~ /records were lost/,
            "$kind->{name}: a deleted part of the topic that was not read is an error");
    }
}
