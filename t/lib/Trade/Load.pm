package Trade::Load;

# Many requests at once: a small HTTP/1.1 client that keeps N connections busy.
#
#   my @answers = load($n, 64, map { order(['A-1' => 1], "u-$_") } 1 .. 2000);
#
# A request is { method, path, headers => { name => value }, body }; a body that
# is a reference is sent as JSON, a header whose value is a list is sent once
# for each, one without a value (undef) not at all.  An answer is what
# Trade::Nginx->request returns, and stands where its request stood; its status
# is 599 when none came, and its body then says why.

use strict;
use warnings;

use IO::Socket::INET;
use JSON::PP;
use Time::HiRes qw(time);
use Exporter 'import';

our @EXPORT_OK = qw(load order);
our $TIMEOUT = 300;     # seconds, for all requests of a call

my $json = JSON::PP->new->utf8;

# order([sku => quantity, ...], buyer, key, more fields): the request of it.
sub order {
    my ($items, $buyer, $key, %more) = @_;
    my @items = @$items;
    my @list;
    while (my ($sku, $quantity) = splice @items, 0, 2) {
        push @list, { sku => $sku, quantity => $quantity };
    }
    return { method => 'POST', path => '/v1/orders',
        headers => { 'Idempotency-Key' => $key },
        body => { buyer_id => $buyer, items => \@list, %more } };
}

# load(server, connections, requests...): the answers.  Each connection has one
# request under way, and takes the next one when it has been answered.
sub load {
    my ($server, $connections, @requests) = @_;
    my @texts = map { _text($_) } @requests;
    my (@answers, %busy);
    my $next = 0;
    my $end = time + $TIMEOUT;

    my $done = sub {
        my ($c, $answer) = @_;
        $answers[$c->{at}] = $answer;
        delete $busy{ fileno $c->{sock} } if $c->{sock};
        delete $c->{sock} if ($answer->{headers}{connection} // 'close') eq 'close';
    };
    my $begin = sub {
        my ($c) = @_;
        while ($next < @texts) {
            ($c->{at}, $c->{in}, $c->{out}) = ($next, '', $texts[$next]);
            $c->{head} = $requests[$next++]{method} eq 'HEAD';
            if ($c->{sock} //= _connect($server->port)) {
                $busy{ fileno $c->{sock} } = $c;
                return _write($c);
            }
            $done->($c, _none("no connection: $!"));
        }
    };

    my @all = map { { sock => _connect($server->port) } }
        1 .. ($connections < @texts ? $connections : @texts);
    $begin->($_) for @all;

    while (%busy && time < $end) {
        my ($readable, $writable) = ('', '');
        for my $fd (keys %busy) {
            vec($readable, $fd, 1) = 1;
            vec($writable, $fd, 1) = 1 if length $busy{$fd}{out};
        }
        next unless select($readable, $writable, undef, 1) > 0;
        for my $c (@busy{ keys %busy }) {
            my $fd = fileno $c->{sock};
            _write($c) if length $c->{out} && vec($writable, $fd, 1);
            next unless vec($readable, $fd, 1);
            my $answer = _read($c) or next;
            $done->($c, $answer);
            $begin->($c);
        }
    }
    return map { $answers[$_] // _none('no answer in time') } 0 .. $#texts;
}

sub _text {
    my ($r) = @_;
    my ($body, %h) = ($r->{body}, %{ $r->{headers} || {} });
    if (defined $body) {
        $body = $json->encode($body) if ref $body;
        $h{'Content-Type'} = 'application/json' unless exists $h{'Content-Type'};
        $h{'Content-Length'} = length $body unless exists $h{'Content-Length'};
    }
    my $text = "$r->{method} $r->{path} HTTP/1.1\r\nHost: localhost\r\n";
    for my $name (sort keys %h) {
        my @values = ref $h{$name} ? @{ $h{$name} } : $h{$name};
        $text .= "$name: $_\r\n" for grep { defined } @values;
    }
    return "$text\r\n" . ($body // '');
}

sub _connect {
    my ($port) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port,
        Proto => 'tcp');
    $s->blocking(0) if $s;
    return $s;
}

# An error of sending is left to _read: it finds the answer, or the end.
sub _write {
    my ($c) = @_;
    my $n = syswrite $c->{sock}, $c->{out};
    if (defined $n) {
        substr $c->{out}, 0, $n, '';
    } elsif (!$!{EAGAIN}) {
        $c->{out} = '';
    }
}

# The answer, once it is whole or can't be any more.
sub _read {
    my ($c) = @_;
    my $n = sysread $c->{sock}, $c->{in}, 65536, length $c->{in};
    return if !defined $n && $!{EAGAIN};
    return _parse($c, !$n)
        || ($n ? undef : _none($c->{in} eq '' ? 'connection closed' : 'half an answer'));
}

sub _parse {
    my ($c, $ended) = @_;
    $c->{in} =~ s{\AHTTP/1\.1 1\d\d .*?\r\n\r\n}{}s;
    my ($status, $lines) = $c->{in} =~ m{\AHTTP/1\.1 (\d{3})(.*?\r\n)\r\n}s or return;
    my $start = $+[0];
    my %h = map { /^([^:\s]+):[ \t]*(.*)/ ? (lc $1 => $2) : () } split /\r\n/, $lines;
    my $length = $c->{head} || $status == 304 ? 0 : $h{'content-length'};
    return unless defined $length ? length($c->{in}) >= $start + $length : $ended;
    my $body = substr $c->{in}, $start, $length // length $c->{in};
    return { status => 0 + $status, headers => \%h, body => $body,
        json => scalar eval { $json->decode($body) } };
}

sub _none {
    my ($why) = @_;
    return { status => 599, headers => {}, body => $why, json => undef };
}

1;
