# bounded=1.25 keeps the fullest of ten servers at 1.25 times the mean, while keys
# are as unequal as Zipf's law with exponent 1.1 says, and 400 requests are in
# flight.  The servers are in this process, and hold their answers until the test
# has counted.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Select;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(time);
use Trade;
use Trade::Process qw(wait_for);

my ($FLIGHT, $NODES, $KEYS, $BOUND, $ROUNDS) = (400, 10, 100_000, 1.25, 5);
my $PATIENCE = 300;     # seconds

my $t = Trade->new;
my @nodes = map { IO::Socket::INET->new(Listen => 1024, LocalAddr => '127.0.0.1', Proto => 'tcp') // die "listen: $!\n" }
    1 .. $NODES;
my %node = map { fileno $nodes[$_] => $_ } 0 .. $#nodes;
my $select = IO::Select->new(@nodes);
my %held;       # requests that wait for their answer: fileno => [socket, node]

srand 2024;
my @zipf = (0);
push @zipf, $zipf[-1] + $_ ** -1.1 for 1 .. $KEYS;

for my $workers (1, 4) {
    my $n = $t->nginx(<<'EOF', WORKERS => $workers, map { $_ => upstream($_, $workers) } qw(STOCK TRADE))->start;
%%HASH_GLOBALS%%
worker_processes %%WORKERS%%;
events { worker_connections 1000; }
http {
    %%GLOBALS_HTTP%%
    proxy_read_timeout 10m;
    proxy_connect_timeout 5m;
    upstream stock {
        hash $http_key consistent;
        %%STOCK%%
    }
    upstream trade {
        trade_hash $http_key bounded=1.25;
        %%TRADE%%
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        add_header Node $trade_hash_node;
        add_header Spill $trade_hash_spill;
        location = /stock { proxy_pass http://stock; }
        location = /trade { proxy_pass http://trade; }
    }
}
EOF
    my $with = $workers == 1 ? 'one worker' : "$workers workers and a zone";
    my $most = $BOUND * $FLIGHT / $NODES + 1;
    my ($stock, $trade, $spilled, $last) = (0, 0, 0, 0);

    for my $round (hot($n), 2 .. $ROUNDS) {
        my @keys = map { "$round-" . zipf() } 1 .. $FLIGHT;

        my @clients = fill($n, '/trade', @keys);
        $trade = max($trade, counts());
        if ($round eq '2') {
            @clients = turn_over($n, $round, @clients);
            cmp_ok(max(counts()), '<=', $most, "$with: the bound holds while requests end and new ones come");
        }
        my @answers = answer(@clients);
        $spilled += grep { $_->{spill} eq '1' } @answers;
        $last += grep { $_->{spill} eq '2' } @answers;

        @clients = fill($n, '/stock', @keys);
        $stock = max($stock, counts());
        answer(@clients);
    }

    cmp_ok($trade, '<=', $most, "$with: the fullest server has at most 1.25 times the mean, and one");
    cmp_ok($stock * $NODES / $FLIGHT, '>=', 2.2, "$with: stock nginx gives 2.2 times the mean to one server");
    cmp_ok($spilled, '>', 0, "$with: requests spill");
    cmp_ok($spilled, '<', $ROUNDS * $FLIGHT * 0.3, "$with: less than three of ten requests spill");
    is($last, 0, "$with: the last resort is not needed");
    ok(wait_for(sub { idle($n) }, 60), "$with: no request is counted after all are answered");

    # clients that go away

    my @clients = fill($n, '/trade', map { zipf() } 1 .. 100);
    close $_ for @clients;
    serve(0);
    ok(wait_for(sub { idle($n) }, 60), "$with: no request is counted after its client has gone");

    $n->stop('QUIT', 20);
}

$t->done;

# The servers of an upstream, and its zone.
sub upstream {
    my ($name, $workers) = @_;
    return join ' ', $workers > 1 ? "zone \L$name\E 256k;" : (),
        map { 'server 127.0.0.1:' . $_->sockport . ' max_fails=0;' } @nodes;
}

# A begin of keys whose two most frequent ones have the same server in stock nginx:
# one of ten begins, on average.
sub hot {
    my ($nginx) = @_;
    for my $begin (map { "hot$_" } 1 .. 1000) {
        my @clients = fill($nginx, '/stock', "$begin-1", "$begin-2");
        my $same = max(counts()) == 2;
        answer(@clients);
        return $begin if $same;
    }
    die "no two keys have the same server\n";
}

sub max { my ($max, @more) = @_; $_ > $max and $max = $_ for @more; return $max }

# The rank of a random key; 1 is the most frequent one.
sub zipf {
    my ($x, $low, $high) = (rand $zipf[-1], 1, $KEYS);
    while ($low < $high) {
        my $middle = int(($low + $high) / 2);
        $zipf[$middle] <= $x ? ($low = $middle + 1) : ($high = $middle);
    }
    return $low;
}

# Takes requests at the servers until this many are whole, and none is half.
sub serve {
    my ($count) = @_;
    my $end = time + $PATIENCE;
    my $whole = whole();
    until ($whole == $count && keys %held == $count) {
        die "the servers have $whole requests of $count\n" if time > $end;
        for my $s ($select->can_read(1)) {
            my $fd = fileno $s;
            if (defined $node{$fd}) {
                my $new = $s->accept or next;
                $select->add($new);
                $held{ fileno $new } = [$new, $node{$fd}, ''];
            } elsif (!sysread $s, $held{$fd}[2], 4096, length $held{$fd}[2]) {
                release($fd);
            }
        }
        $whole = whole();
    }
}

sub whole { return scalar grep { $_->[2] =~ /\r\n\r\n/ } values %held }

sub counts {
    my @counts = (0) x $NODES;
    $counts[ $_->[1] ]++ for values %held;
    return @counts;
}

# Ends what a server has: with an answer, or without one if nginx has gone.
sub release {
    my ($fd, $answer) = @_;
    my ($s) = @{ delete $held{$fd} };
    $select->remove($s);
    print $s $answer if $answer;
    close $s;
}

# A request; the server sees which client's it is.
sub ask {
    my ($nginx, $path, $key) = @_;
    my $s = $nginx->connect;
    print $s "GET $path HTTP/1.1\r\nHost: hash\r\nConnection: close\r\nKey: $key\r\nClient: " . fileno($s) . "\r\n\r\n";
    return $s;
}

# Sends a request for each key; the servers hold all of them.
sub fill {
    my ($nginx, $path, @keys) = @_;
    my @clients;
    while (my @some = splice @keys, 0, 20) {    # below nginx's queue of connections
        push @clients, map { ask($nginx, $path, $_) } @some;
        serve(scalar @clients);
    }
    return @clients;
}

# Answers the requests that are held, and returns the headers of the answers.
sub answer {
    my (@clients) = @_;
    release($_, "HTTP/1.0 204 No Content\r\n\r\n") for keys %held;
    return map { headers($_) } @clients;
}

sub headers {
    my ($client) = @_;
    my %h = (spill => '', node => '');
    while (defined(my $line = <$client>)) {
        $h{ lc $1 } = $2 if $line =~ /^(\w+): (.*)\r/;
    }
    return \%h;
}

# Ends a request at random, and sends a new one in its place, many times.
sub turn_over {
    my ($nginx, $round, @clients) = @_;
    my %client = map { fileno $_ => $_ } @clients;
    for (1 .. $FLIGHT / 2) {
        my ($fd) = (keys %held)[rand keys %held];
        my ($client) = $held{$fd}[2] =~ /^Client: (\d+)/m;
        release($fd, "HTTP/1.0 204 No Content\r\n\r\n");
        headers(delete $client{$client});
        my $new = ask($nginx, '/trade', "$round-" . zipf());
        $client{ fileno $new } = $new;
        serve($FLIGHT);
    }
    return values %client;
}

# Whether a single request always goes to its first choice.  A count that is left
# would fill its server, whose capacity is one request.
sub idle {
    my ($nginx) = @_;
    my %nodes;
    for my $key (1 .. 60) {
        my ($answer) = answer(fill($nginx, '/trade', "idle-$key"));
        return 0 if $answer->{spill} ne '0';
        $nodes{ $answer->{node} } = 1;
    }
    return keys %nodes == $NODES;
}
