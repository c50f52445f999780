# Reloads lose nothing under load: every order is answered and is in the topic
# once, old workers go, nothing grows; a bad configuration changes nothing; and
# a QUIT answers what it has taken.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use HTTP::Tiny;
use JSON::PP;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Trade;
use Trade::Load qw(load);
use Trade::Process qw(slurp spew wait_for);
use Trade::Proxy;

my $RELOADS = 10;
my $TOTAL = 1000000;
my @SKUS = map { "S-$_" } 1 .. 6;       # of both shards

my $t = Trade->new;
my ($a, $b) = ($t->redis('a'), $t->redis('b'));
my $proxy = Trade::Proxy->new(to => $a->address);
my $kafka = $t->kafka;
my %vars = (A => $proxy->address, B => $b->address, KAFKA => $kafka->address);

my $conf = <<'EOF';
%%GLOBALS%%
%%WORKERS%%
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
        server %%B%% name=b;
        timeout 5s;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_timeout 10s;
    trade_lease 20s;
    trade_max_quantity 10;

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

my $n = $t->nginx($conf, %vars, WORKERS => 'worker_processes 2;')->start;

is_deeply([map { $n->put_stock($_, total => $TOTAL)->{status} } @SKUS], [(200) x @SKUS],
    'stock is set');
ok(!!@{ $_->cmd('KEYS', 'trade:*:slot') }, 'each shard has its stock') for $a, $b;

# Six clients of a connection an order, three that keep theirs, one that asks
# for the status all the time

my @clients = map { my $number = $_;
    begin($t->dir . "/client$number", sub { shop($n, $number, $number > 6, @_) }) } 1 .. 9;
my $watcher = begin($t->dir . '/watcher', sub { watch($n, @_) });
my (@limits, @wrong);
goes_on(200) or die "no orders come in\n";

# Reloads, with another limit each time

my $size;
for my $reload (1 .. $RELOADS) {
    my $max = 10 + $reload;
    reload($conf =~ s/(trade_max_quantity) 10;/$1 $max;/r) or push @wrong, "reload $reload";
    push @wrong, "limit $max" if limit($max) != 201 || limit($max + 1) != 422;
    goes_on(50) or push @wrong, "no orders after reload $reload";
    $size //= steady_size();
}
is("@wrong", '', 'old workers go, and the new configuration is in force');
is_deeply(size_like($size), $size, 'a reload leaves no descriptor, thread or connection behind');
is($size->{master}{threads}, 1, 'the master has no threads');

# ... over each other, while shard a is slow

my %old;
$proxy->delay(0.1);
for (1 .. 3) {
    ok(wait_for(sub { $n->status->{in_flight} >= 5 }, 5), 'orders wait for Redis');
    $old{$_} = 1 for $n->workers;
    $n->signal('HUP');
    ok(wait_for(sub { 2 == grep { !$old{$_} } $n->workers }, 5), 'nginx has new workers');
}
$proxy->pass;
ok(wait_for(sub { gone(keys %old) && $n->status->{workers} == 2 }, 10), 'the old workers end');

# ... with a configuration that is none

my @old = $n->workers;
my @bad = (
    [qr/unknown directive "trade_none"/, sub { s/trade_timeout/trade_none/ }],
    [qr/no servers in trade_redis "stock"/, sub { s/ server %%[AB]%%.*//g }],
    [qr/duplicate shard "a"/, sub { s/name=b/name=a/ }],
    [qr/"trade_lease" 5000ms must be longer/, sub { s/trade_lease 20s/trade_lease 5s/ }],
    [qr/No such configuration property/, sub { s/(?=topic)/property no.such 1; / }],
    [qr/open\(\) "\S+" failed/, sub { s/(?=timeout 5s)/password_file none; / }],
);
for (@bad) {
    my ($says, $break) = @$_;
    $break->() for my $text = $conf;
    $n->configure($text);
    $n->signal('HUP');
    $n->wait_log(qr/\[emerg\].*$says/);
    ok(goes_on(20), "nginx does not reload: $says");
}
is_deeply([$n->workers], \@old, 'the workers are still the same');
ok(reload($conf), 'a good configuration is taken after that');
is_deeply(size_like($size), $size, 'bad configurations leave nothing behind');

# QUIT, with orders under way

$proxy->delay(0.1);
ok(wait_for(sub { $n->status->{in_flight} >= 5 }, 5), 'orders wait for Redis');
ok(end($watcher), 'the watcher ends');
my $asked = time;
my $created = $n->status->{answers}{created};
my $quit = time;
$n->signal('QUIT');
ok($n->{process}->wait_end(15), 'nginx ends');
is($n->{process}{status}, 0, 'nginx ends with exit code 0');
is(scalar(grep { !end($_) } @clients), 0, 'the clients end, as they find no server');
$proxy->pass;

# The answers that the clients have seen

my @history = map { history($_) } @clients;
my @placed = grep { $_->{status} == 201 } @history, @limits;
my @fresh = grep { !$_->{keeps} && $_->{begin} < $quit - 1 } @history;
is(scalar(grep { $_->{status} == 599 } @fresh), 0,
    'a client on a new connection is always answered');
# the acknowledgement may still be on its way when the order is sent again by
# way of another worker
my %asked = map { $_ => 1 } '201 first', '201 retry', '201 again', '202 again', '599 first',
    '599 retry', '599 again';
is_deeply([grep { !$asked{$_} } map { "$_->{status} $_->{how}" } @history], [],
    'no order is refused; a connection that is kept may be closed instead');
is(scalar(grep { $_->{how} eq 'retry' && $_->{replayed} } @placed), 0,
    'an order on a closed connection has no effect');
my @again = grep { $_->{how} eq 'again' } @placed;
cmp_ok(scalar @again, '>', 50, 'some clients order the same again');
is(scalar(grep { !$_->{replayed} } @again), 0, 'orders that are sent again are replays');
cmp_ok(scalar(grep { $_->{begin} < $quit && $_->{end} > $quit } @placed), '>=', 5,
    'orders under way at the QUIT are answered');
cmp_ok($created, '>=', scalar(grep { $_->{end} < $asked } @placed), 'no answer is not counted');
cmp_ok($created, '<=', scalar(grep { $_->{begin} < $quit } @placed), 'no order is counted twice');

my (%key, %order, %sold);
for (@placed) {
    $key{ $_->{key} }{ $_->{id} } = 1;
    $order{ $_->{id} } = $_;
}
is(scalar(grep { keys %$_ > 1 } values %key), 0, 'a key has one order');
is(scalar(keys %order), scalar(keys %key), 'an order has one key');
$sold{ $_->{sku} } += $_->{quantity} for values %order;

my %topic;
$topic{ $_->{key} }++ for $kafka->orders($t->topic);
is_deeply(\%topic, { map { $_ => 1 } keys %order },
    'the topic has each order that was answered, once, and no other');
is_deeply([map { @{ $_->cmd('KEYS', '*:due') } } $a, $b], [], 'no event is due');

# The counters that the watcher has seen

my @watched = history($watcher);
is_deeply([grep { $_->{wrong} } @watched], [], 'no counter has gone back, no gauge below 0');
cmp_ok($watched[-1]{polls}, '>', 100, 'the counters were seen often enough');

# The lines of the log

my $log = $n->error_log;
is($log =~ s/^.*\[emerg\].*\n//mg, scalar @bad, 'each bad configuration is logged once');
is_deeply([grep { /\[(error|crit)\]/ } split /\n/, $log], [], 'the log has no other error');
is_deeply([$log =~ /(exited on signal.*|exited with code [^0].*)/g], [], 'no worker ends badly');
spew("$n->{dir}/error.log", $log);

# Without a master, and what the shards hold

my $single = $t->nginx($conf, %vars, WORKERS => 'master_process off;')->start(up => 2);
my $r = $single->order([$SKUS[0] => 2], 'single');
is($r->{status}, 201, 'a single process takes an order');
is(scalar(grep { $_->{key} eq $r->{json}{order_id} } $kafka->orders($t->topic)), 1,
    'the order of a single process is in the topic');
$sold{ $SKUS[0] } += 2;
my @found = load($single, 8, map { { method => 'GET', path => "/v1/orders/$_" } } keys %order);
is(scalar(grep { $_->{status} != 200 || !$_->{json}{published} } @found), 0,
    'each order is there, published');
my %stock = map { $_ => $single->stock($_) } @SKUS;
is_deeply({ map { $_ => $stock{$_}{sold} } @SKUS }, \%sold, 'the stock counts the orders in the topic');
is_deeply([map { $_->{held} || $_->{available} + $_->{sold} } values %stock], [($TOTAL) x @SKUS],
    'the other units are available');

$t->done;

# Reloads, and waits until the old workers are gone.
sub reload {
    my ($text) = @_;
    my @workers = $n->workers;
    $n->configure($text);
    $n->signal('HUP');
    return wait_for(sub { gone(@workers) && $n->status->{workers} == 2 }, 10);
}

sub gone { return !grep { kill 0, $_ } @_ }

# The status of an order of so many units.
sub limit {
    my ($quantity) = @_;
    my %line = (how => 'limit', key => 'limit' . @limits, sku => $SKUS[0],
        quantity => $quantity, begin => time);
    my $answer = $n->order([$SKUS[0] => $quantity], 'limit', $line{key});
    push @limits, { %line, end => time, status => $answer->{status},
        id => $answer->{json}{order_id} };
    return $answer->{status};
}

# The processes, threads and descriptors of the master and the workers, and
# their connections to Redis.
sub size {
    my ($pid, @workers) = ($n->pid, $n->workers);
    my %workers;
    for my $worker (@workers) {
        $workers{threads} += () = glob "/proc/$worker/task/*";
        for (map { readlink // '' } glob "/proc/$worker/fd/*") {
            $workers{$1}++ if /^([^\[]+)/ && !/^socket/;
        }
    }
    my @master = map { scalar(() = glob "/proc/$pid/$_/*") } qw(fd task);
    my ($clients) = $b->cmd('INFO', 'clients') =~ /connected_clients:(\d+)/;
    return { master => { fds => $master[0], threads => $master[1] }, workers => \%workers,
        a => $proxy->connections, b => $clients };
}

# The same once it has stayed so for a second.
sub steady_size {
    my ($text, $since, $size) = ('', time);
    wait_for(sub {
        $size = size();
        my $now = JSON::PP->new->canonical->encode($size);
        ($text, $since) = ($now, time) if $now ne $text;
        return time - $since > 1;
    }, 10, 0.1);
    return $size;
}

sub size_like {
    my ($like) = @_;
    my $text = JSON::PP->new->canonical->encode($like);
    my $size;
    wait_for(sub { JSON::PP->new->canonical->encode($size = size()) eq $text }, 5, 0.1);
    return $size;
}

# Whether so many more orders come in.
sub goes_on {
    my ($more) = @_;
    my $count = sub { my $sum = 0; $sum += slurp($_->{file}) =~ tr/\n// for @clients; $sum };
    my $before = $count->();
    return wait_for(sub { $count->() >= $before + $more }, 10);
}

# Runs code in a process of its own, until it is told to end; it is given what
# writes a line of its history, and what says whether it is to go on.
sub begin {
    my ($file, $code) = @_;
    my $parent = $$;
    my $pid = fork // die "fork: $!\n";
    return { file => $file, pid => $pid } if $pid;

    my $told;
    $SIG{TERM} = sub { $told = 1 };
    open my $f, '>', $file or POSIX::_exit(1);
    eval {
        $code->(sub { syswrite $f, encode_json({@_}) . "\n" },
            sub { !$told && getppid == $parent });
    };
    warn "$file: $@" if $@;
    POSIX::_exit(0);
}

# Whether it has ended: a watcher is told to, clients end by themselves.
sub end {
    my ($process) = @_;
    kill 'TERM', $process->{pid} if $process == $watcher;
    return 1 if wait_for(sub { waitpid($process->{pid}, POSIX::WNOHANG()) }, 15);
    kill 'KILL', $process->{pid};
    waitpid $process->{pid}, 0;
    return 0;
}

sub history {
    my ($process) = @_;
    return map { decode_json($_) } split /\n/, slurp($process->{file});
}

# Orders until nobody is there; each fifth order is sent again.  A connection
# that is kept may be closed by nginx at any time between two requests.
sub shop {
    my ($nginx, $number, $keeps, $say, $go_on) = @_;
    my $http = HTTP::Tiny->new(timeout => 20, keep_alive => $keeps);
    for (my $i = 1; $go_on->(); $i++) {
        my ($key, $sku, $quantity) = ("c$number-$i", $SKUS[($i + $number) % @SKUS], 1 + $i % 3);
        my %order = (headers => { 'Content-Type' => 'application/json', 'Idempotency-Key' => $key },
            content => encode_json({ buyer_id => "u$number-$i",
                items => [{ sku => $sku, quantity => $quantity }] }));
        my @todo = 'first';
        while (my $how = shift @todo) {
            my $begin = time;
            my $r = $http->post('http://127.0.0.1:' . $nginx->port . '/v1/orders', \%order);
            return if $r->{status} == 599 && $r->{content} =~ /^Could not connect/;
            $say->(how => $how, keeps => $keeps, begin => $begin, end => time, key => $key,
                sku => $sku, quantity => $quantity, status => $r->{status},
                replayed => $r->{headers}{'idempotent-replayed'},
                id => $r->{content} =~ /"order_id":"([^"]+)"/ ? $1 : undef);
            push @todo, $how eq 'again' ? $how : 'retry' if $r->{status} == 599 && $keeps;
            push @todo, 'again' if $r->{status} == 201 && $how ne 'again' && $i % 5 == 0;
        }
    }
}

# Asks for the status, and notes what can't be.
sub watch {
    my ($nginx, $say, $go_on) = @_;
    my ($polls, %last) = (0);
    while ($go_on->()) {
        my $status = $nginx->status;
        my %now = (%{ $status->{answers} }, map { $_ => $status->{$_} }
            qw(replayed recorded acked not_acked resent ack_lost client_gone regressed));
        my @wrong = map { "$_ $last{$_} -> $now{$_}" }
            grep { $now{$_} < ($last{$_} // 0) } keys %now;
        push @wrong, map { "$_ $status->{$_}" } grep { $status->{$_} > 1000 }
            qw(in_flight pending kafka_queued);
        $say->(wrong => "@wrong") if @wrong;
        %last = %now;
        $polls++;
        sleep 0.01;
    }
    $say->(polls => $polls);
}
